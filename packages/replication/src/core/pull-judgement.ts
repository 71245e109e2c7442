import type { Epoch, EpochStart, LogOffset } from "@boxerdb/engine";

import type { PullRequest, Refusal } from "../protocol/messages.ts";

import { endOfReign, reignBefore, type LogFacts } from "./log-facts.ts";

/** What a leader judges a pull by. */
export interface LeaderLog extends LogFacts {
  /** The epoch of its reign. */
  readonly epoch: Epoch;
  readonly purgeFloor: LogOffset;
  /** The copies that were begun at offset 0 in this reign: no tombstone has gone since. */
  readonly begunInReign: ReadonlySet<string>;
}

const noReign: EpochStart = { epoch: 0 as Epoch, startOffset: 0 as LogOffset, checksum: 0 };

/**
 * A pull counts if and only if the follower knows of the same reign, and its log is a part of the
 * leader's: they have the same reign before `from`, and the leader's reaches that far.
 */
export function judgePull(leader: LeaderLog, request: PullRequest): Refusal | undefined {
  const { from } = request;
  if (request.epoch !== leader.epoch) {
    const message = `this node leads in epoch ${leader.epoch}, the follower is in ${request.epoch}`;
    return { code: "wrong_epoch", message, epoch: leader.epoch };
  }
  const reign = reignBefore(leader.epochs, from) ?? noReign;
  const isShared =
    reign.epoch === request.lastEpoch && reign.checksum === request.lastEpochChecksum;
  if (from > leader.endOffset || !isShared) return divergence(leader, request);
  if (from < leader.purgeFloor && from > 0 && !leader.begunInReign.has(request.directoryId)) {
    const message = `the leader has dropped tombstones below offset ${leader.purgeFloor}`;
    return { code: "below_purge_floor", message, purgeFloor: leader.purgeFloor };
  }
  return undefined;
}

function divergence(leader: LeaderLog, { from, lastEpoch }: PullRequest): Refusal {
  const index = leader.epochs.findLastIndex(({ epoch }) => epoch <= lastEpoch);
  const { epoch, checksum } = leader.epochs[index] ?? noReign;
  const endOffset = index < 0 ? (0 as LogOffset) : endOfReign(leader, index);
  const message =
    `the follower's log (epoch ${lastEpoch} before offset ${from}) is not a part of the leader's, ` +
    `in which epoch ${epoch} ends at offset ${endOffset}`;
  return { code: "diverged", message, epoch, checksum, endOffset };
}
