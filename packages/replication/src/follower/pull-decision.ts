/** What a follower does about the answer to a pull. A pure decision. */
import type { Epoch, LogOffset } from "@boxerdb/engine";

import type { PullResult, Refusal } from "../protocol/messages.ts";

/** What the follower has. */
export interface FollowerPosition {
  /** The end of its log, all of it synced. */
  readonly from: LogOffset;
  readonly epoch: Epoch;
  readonly highWatermark: LogOffset;
}

export type PullDecision =
  /** Append the records, then commit up to the watermark. */
  | { readonly action: "append" }
  /** Try again after a pause. */
  | { readonly action: "retry"; readonly reason: string }
  /** Stop: going on would lose or mix up data. */
  | { readonly action: "halt"; readonly reason: string }
  /** This leader does not have the database: leave to the catalog what that means. */
  | { readonly action: "leave"; readonly reason: string };

const remedy =
  "To take the leader's copy, stop this node, move its data directory away and start it again";

/** `answer`: what the leader said to a pull from `position`. */
export function decidePull(
  position: FollowerPosition,
  answer: { readonly result: PullResult } | { readonly refusal: Refusal },
): PullDecision {
  if ("result" in answer) {
    const { epoch, nextOffset } = answer.result;
    if (epoch < position.epoch) {
      const reason = `the leader answers in epoch ${epoch}, and epoch ${position.epoch} has begun`;
      return { action: "retry", reason };
    }
    if (nextOffset < position.from) {
      return { action: "retry", reason: `the leader answers from before offset ${position.from}` };
    }
    return { action: "append" };
  }
  const { refusal } = answer;
  switch (refusal.code) {
    case "unknown_database":
    case "other_store":
      return { action: "leave", reason: refusal.message };
    case "bad_request":
    case "unavailable":
    case "stale_epoch":
      return { action: "retry", reason: refusal.message };
    case "below_purge_floor":
      return { action: "halt", reason: `${refusal.message}. ${remedy}` };
    case "diverged": {
      const { endOffset } = refusal;
      const lost =
        endOffset < position.highWatermark
          ? `records from ${endOffset} to ${position.highWatermark} were committed here and are not on ` +
            "the leader: this may be their only copy, so keep it, and start this node as the leader " +
            "if they are wanted"
          : `records from ${endOffset} on were never committed`;
      return { action: "halt", reason: `${refusal.message}; ${lost}. ${remedy}` };
    }
  }
}
