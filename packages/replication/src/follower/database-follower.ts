/** Copies one database from the leader of one reign, pull by pull, until it is closed. */
import { InvalidRecordsError, type LogOffset, type OpenDatabase } from "@boxerdb/engine";

import {
  beginFollowing,
  type FollowerSettings,
  type FollowerState,
} from "../core/follower-state.ts";
import { stepFollower, type FollowerEffect, type FollowerEvent } from "../core/follower-step.ts";
import type { ProtocolRules } from "../core/protocol-rules.ts";
import { factsOf } from "../database-log.ts";
import type { NodeClock } from "../node-clock.ts";
import type { NodeLog } from "../node-log.ts";
import { protocolVersion, type PullResult } from "../protocol/messages.ts";
import type { PeerClient } from "../protocol/peer-transport.ts";
import type { ReplicaId } from "../replica-id.ts";

import type { CatchUp } from "./catch-up-pace.ts";
import { CopyProgress, type CopyLag, type PullCounts } from "./copy-progress.ts";
import { pause, retryPauseMsAfter } from "./pause.ts";

/** The log of a database on this node, and the copy that may take its place. */
export interface ReplicatedLog {
  /** What answers reads. */
  readonly open: OpenDatabase;
  /** What is being made to take its place; undefined where nothing is. */
  readonly copy: OpenDatabase | undefined;
  /** Up to where that must reach before it does. */
  readonly copyGoal: LogOffset;
  replica(open: OpenDatabase): ReplicaId;
  beginCopy(goal: LogOffset): Promise<void>;
  completeCopy(): Promise<void>;
}

/** A full copy that is to take the place of the log: it holds all below `offset`, and needs all below `goal`. */
export interface Resync {
  readonly offset: LogOffset;
  readonly goal: LogOffset;
}

export interface DatabaseFollowerOptions {
  readonly name: string;
  readonly log: ReplicatedLog;
  /** The epoch of the reign that is followed. */
  readonly epoch: FollowerState["epoch"];
  readonly client: PeerClient;
  readonly settings: FollowerSettings & { readonly pullBytes: number };
  readonly rules: ProtocolRules;
  readonly clock: NodeClock;
  readonly nodeLog: NodeLog;
  /** Somebody else may lead. */
  readonly onLookAnew: () => void;
  /** It has stopped, for a reason that an operator must know. `isForGood`: and can do something about. */
  readonly onHalt: (reason: string, isForGood: boolean) => void;
}

export class DatabaseFollower {
  readonly #options: DatabaseFollowerOptions;
  readonly #abort = new AbortController();
  readonly #progress: CopyProgress;
  readonly #running: Promise<void>;
  #state: FollowerState;
  /** The last one, and from where on it was asked for. */
  #answer:
    | { readonly result: PullResult; readonly bytes: Buffer; readonly from: LogOffset }
    | undefined;
  /** What the last attempt failed with; undefined once an answer could be used. */
  #lastFailure: string | undefined;

  constructor(options: DatabaseFollowerOptions) {
    const { settings, epoch, log, clock } = options;
    this.#options = options;
    this.#progress = new CopyProgress(clock, 2 * settings.pullWaitMs);
    const target =
      log.copy === undefined
        ? { kind: "log" as const }
        : { kind: "copy" as const, goal: log.copyGoal };
    this.#state = beginFollowing(settings, epoch, target);
    this.#running = this.#run();
  }

  get lag(): CopyLag {
    return this.#progress.lag(this.#options.log.open.highWatermark);
  }

  get catchUp(): CatchUp {
    return this.#progress.catchUp(this.#target.log.acceptedOffset);
  }

  /** How far a full copy is that is being made; undefined where none is. */
  get resync(): Resync | undefined {
    const { copy } = this.#options.log;
    const { target } = this.#state;
    if (copy === undefined || target.kind !== "copy") return undefined;
    const goal = Math.max(target.goal, this.#progress.leaderEnd ?? 0) as LogOffset;
    return { offset: copy.log.acceptedOffset, goal };
  }

  get counts(): PullCounts {
    return this.#progress.counts;
  }

  get state(): FollowerState {
    return this.#state;
  }

  /** Resolves when nothing is written here any more. */
  async close(): Promise<void> {
    this.#abort.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    let event: FollowerEvent | undefined = { type: "ready" };
    while (event !== undefined && !this.#abort.signal.aborted) {
      const { state, effects } = stepFollower(this.#state, event, this.#options.rules);
      this.#state = state;
      event = undefined;
      for (const effect of effects) event = await this.#perform(effect);
    }
  }

  get #target(): OpenDatabase {
    const { open, copy } = this.#options.log;
    return copy ?? open;
  }

  /** Does what is to be done; resolves to what came of it, undefined where nothing can have. */
  async #perform(effect: FollowerEffect): Promise<FollowerEvent | undefined> {
    const { onLookAnew, onHalt, log, nodeLog, name } = this.#options;
    switch (effect.type) {
      case "pull":
        return this.#pull(effect.round);
      case "append":
        return this.#append();
      case "show":
        this.#target.advanceHighWatermark(effect.highWatermark);
        this.#progress.shown(log.open.highWatermark);
        this.#lastFailure = undefined;
        return undefined;
      case "truncate": {
        const from = this.#target.log.acceptedOffset;
        nodeLog.warn(
          { database: name, from: effect.offset, to: from },
          "cutting off records that were never committed",
        );
        return this.#change(() => this.#target.truncateTo(effect.offset));
      }
      case "beginCopy":
        nodeLog.warn({ database: name, reason: effect.reason }, "copying the database anew");
        return this.#change(() => log.beginCopy(effect.goal));
      case "completeCopy":
        return this.#change(async () => {
          await log.completeCopy();
          nodeLog.info(
            { database: name },
            "a new copy of the database has taken the old one's place",
          );
        });
      case "pause":
        return this.#pause(effect.ms, effect.reason);
      case "lookAnew":
        onLookAnew();
        return undefined;
      case "halt":
        nodeLog.error({ database: name, reason: effect.reason }, "stopped following");
        onHalt(effect.reason, effect.isForGood);
        return undefined;
    }
  }

  async #pull(round: number): Promise<FollowerEvent> {
    const { client, settings, rules, log } = this.#options;
    const target = this.#target;
    const { epochs, acceptedOffset: from, damage } = target.log;
    const reason = rules.reasonToCopyAnew(damage);
    if (reason !== undefined) return { type: "damaged", reason, log: factsOf(target) };
    const last = epochs.startBefore(from);
    try {
      const answer = await client.pull(
        {
          protocol: protocolVersion,
          ...log.replica(target),
          databaseId: target.manifest.id,
          from,
          lastEpoch: last.epoch,
          lastEpochChecksum: last.checksum,
          epoch: this.#state.epoch,
          round,
          highWatermark: target.highWatermark,
          maxBytes: settings.pullBytes,
          waitMs: settings.pullWaitMs,
        },
        this.#abort.signal,
      );
      if ("refusal" in answer) {
        return { type: "refused", refusal: answer.refusal, log: factsOf(target) };
      }
      this.#answer = { ...answer, from };
      this.#progress.answered(answer.result.endOffset, answer.bytes.byteLength, from);
      this.#heed(target, answer.result);
      return { type: "answered", result: answer.result, log: factsOf(target) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { type: "failed", reason, pauseMs: retryPauseMsAfter(error, settings.retryPauseMs) };
    }
  }

  #heed(target: OpenDatabase, result: PullResult): void {
    const { epoch, purgeLimit, highWatermark, endOffset } = result;
    if (this.#state.target.kind === "log") target.purgeLimit = purgeLimit;
    if (epoch === this.#state.epoch && highWatermark === endOffset) {
      target.wholeness.noteCommittedEnd(endOffset);
    }
  }

  async #append(): Promise<FollowerEvent> {
    const answer = this.#answer;
    if (answer === undefined) throw new Error("assertion failed: an answer is appended");
    const { bytes, result, from } = answer;
    const missed = this.#options.rules.missedRecords(from, result);
    try {
      return await this.#change(() =>
        this.#target.appendReplicated(bytes, result.nextOffset, missed),
      );
    } catch (error) {
      if (!(error instanceof InvalidRecordsError)) throw error;
      return { type: "rejected", reason: error.message };
    }
  }

  async #change(change: () => Promise<unknown>): Promise<FollowerEvent> {
    try {
      await change();
      return { type: "written", log: factsOf(this.#target) };
    } catch (error) {
      if (error instanceof InvalidRecordsError) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      return { type: "broken", reason: `writing to the log failed on this node: ${reason}` };
    }
  }

  async #pause(ms: number, reason: string): Promise<FollowerEvent | undefined> {
    const { clock, nodeLog, name } = this.#options;
    const { signal } = this.#abort;
    if (signal.aborted) return undefined;
    this.#progress.failed();
    // One line for every reason, not one for every attempt.
    if (reason !== this.#lastFailure) {
      nodeLog.warn({ database: name, reason }, "pull failed, retrying");
    }
    this.#lastFailure = reason;
    await pause(clock, ms, signal);
    return { type: "ready" };
  }
}
