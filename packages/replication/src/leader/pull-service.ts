import type { OpenDatabase } from "@boxerdb/engine";

import type { LeaderState } from "../core/leader-state.ts";
import type { LeaderEvent } from "../core/leader-step.ts";
import type { ProtocolRules } from "../core/protocol-rules.ts";
import { mayResume } from "../core/purge-limit.ts";
import { factsOf } from "../database-log.ts";
import type { NodeClock } from "../node-clock.ts";
import type { PullRequest, Refusal } from "../protocol/messages.ts";
import type { PullOutcome } from "../protocol/peer-transport.ts";
import { isSameReplica, replicaKey } from "../replica-id.ts";

import { ChangeWaiters } from "./change-waiters.ts";
import { ConnectionWatch } from "./connection-watch.ts";

export interface PullServiceOptions {
  /** Whose log is pulled, in the state that it has. */
  readonly leader: {
    readonly name: string;
    readonly open: OpenDatabase;
    readonly state: LeaderState;
  };
  readonly rules: ProtocolRules;
  readonly clock: NodeClock;
  /** Aborted when the reign has ended. */
  readonly closing: AbortSignal;
  /** Told of pulls that are in order, and of connections that were lost. */
  readonly onEvent: (event: LeaderEvent<"pulled" | "disconnected">) => void;
}

/** To count it would be to count this node's own copy twice. */
const ownDirectory: Refusal = {
  code: "bad_request",
  message:
    "the follower has the name and the data directory of the node that leads: give each node one of its own",
};

/** Answers the pulls of one reign. */
export class PullService {
  readonly #options: PullServiceOptions;
  readonly #connections: ConnectionWatch;
  readonly #waiters: ChangeWaiters;
  /**
   * The directories whose copy was begun at offset 0 in this reign, and that were not away for too long
   * since. Tombstones do not go that a replica may need which has come, so such a copy misses none of
   * them, wherever it has got to.
   */
  readonly #begunInReign = new Set<string>();
  #pulls = 0;
  #bytes = 0;

  constructor(options: PullServiceOptions) {
    const { clock, closing, onEvent } = options;
    this.#options = options;
    this.#waiters = new ChangeWaiters(clock);
    this.#connections = new ConnectionWatch(closing, (replica) => {
      onEvent({ type: "disconnected", replica, nowMs: clock.monotonicMs() });
    });
  }

  /** Pulls that were answered, and the bytes of records in the answers. */
  get served(): { readonly pulls: number; readonly bytes: number } {
    return { pulls: this.#pulls, bytes: this.#bytes };
  }

  /** Answers the pulls that wait and for which there is something to tell now. */
  look(): void {
    this.#waiters.look();
  }

  /** See DatabaseLeader.pull. */
  async answer(request: PullRequest, connection: AbortSignal): Promise<PullOutcome> {
    const { leader, rules, clock, onEvent } = this.#options;
    const { open } = leader;
    if (isSameReplica(request, leader.state.self)) return { refusal: ownDirectory };
    const obstacle = this.#obstacle;
    if (obstacle !== undefined) return { refusal: obstacle };
    const { log } = open;
    const { nodeId, directoryId, from, round } = request;
    const replica = { nodeId, directoryId };
    const nowMs = clock.monotonicMs();
    const known = leader.state.replicas.get(replicaKey(replica));
    // Of one that was away for too long it is forgotten where it began: tombstones may have gone since.
    if (known === undefined || !mayResume(leader.state, known, nowMs)) {
      this.#begunInReign.delete(directoryId);
    }
    const refusal = rules.judgePull(
      {
        ...factsOf(open),
        endOffset: log.offeredOffset,
        epoch: leader.state.epoch,
        purgeFloor: log.purgeFloor,
        begunInReign: this.#begunInReign,
      },
      request,
    );
    if (refusal !== undefined) return { refusal };
    if (from === 0) this.#begunInReign.add(directoryId);
    onEvent({ type: "pulled", replica, from, round, nowMs });
    this.#connections.watch(connection, replica);
    await this.#untilNews(request, connection);
    const newObstacle = this.#obstacle;
    if (newObstacle !== undefined) return { refusal: newObstacle };
    const { bytes, nextOffset } = await log.readFrom(from, request.maxBytes);
    // What was read may have been cut off meanwhile, by a reign that has begun here since.
    const lastObstacle = this.#obstacle;
    if (lastObstacle !== undefined) return { refusal: lastObstacle };
    this.#pulls++;
    this.#bytes += bytes.byteLength;
    return {
      bytes,
      result: {
        epoch: leader.state.epoch,
        nextOffset,
        highWatermark: leader.state.highWatermark,
        endOffset: log.offeredOffset,
        purgeLimit: open.purgeLimit,
        purgeFloor: log.purgeFloor,
        compactedTo: log.compactedTo,
        round: leader.state.round,
      },
    };
  }

  /**
   * Resolves when there is something to tell, the wait is over, or the reign is. That the high watermark
   * has risen is told with the next records where these are on their way: under load, where writers go on
   * as soon as they are answered, an answer of its own would double the work of every commit.
   */
  async #untilNews(request: PullRequest, connection: AbortSignal): Promise<void> {
    const { leader, clock } = this.#options;
    const { open } = leader;
    const isUrgent = (): boolean =>
      this.#obstacle !== undefined ||
      open.log.offeredOffset > request.from ||
      leader.state.round > request.round;
    const isNews = (): boolean => isUrgent() || leader.state.highWatermark > request.highWatermark;
    // A waiting follower says nothing, and must not seem late for it.
    const longestMs = leader.state.settings.replicaTimeoutMs / 3;
    const endMs = clock.monotonicMs() + Math.min(request.waitMs, longestMs);
    const leftMs = (): number => endMs - clock.monotonicMs();
    await this.#waiters.until(isNews, leftMs(), connection);
    if (isUrgent() || !isNews()) return;
    await nextTurn(); // Writers that were answered just now go on first.
    const isOffered = (): boolean => open.appendedOffset <= open.log.offeredOffset;
    await this.#waiters.until(() => isUrgent() || isOffered(), leftMs(), connection);
  }

  /** Why nothing is handed out any more; undefined as long as it is. */
  get #obstacle(): Refusal | undefined {
    const { leader, closing } = this.#options;
    if (closing.aborted) {
      const message = `this node has stopped leading database "${leader.name}"`;
      return { code: "not_leader", message };
    }
    const { failure } = leader.open;
    return failure === undefined ? undefined : { code: "unavailable", message: failure.message };
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
