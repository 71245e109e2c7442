import {
  CorruptionError,
  DatabaseNotFoundError,
  LockedError,
  type OpenDatabase,
} from "@boxerdb/engine";

import type { DatabaseLeader } from "./leader/database-leader.ts";
import type { NodeContext } from "./node-context.ts";

/** After something was tried it is not before so many pauses between retries that more is. */
const healingPauses = 10;

/** What a node does about a log of its own that cannot be written any more, or not be read. */
export class LogHealing {
  readonly #name: string;
  readonly #id: string;
  readonly #context: NodeContext;
  #triedMs = -Infinity;
  #yieldedMs = -Infinity;

  /** `id`: the database's UUID. */
  constructor(name: string, id: string, context: NodeContext) {
    this.#name = name;
    this.#id = id;
    this.#context = context;
  }

  /** Whether the log takes no more writes, or is not there. */
  get isBroken(): boolean {
    const open = this.#open;
    return open === undefined || open.closed !== undefined || open.failure !== undefined;
  }

  /** Whether another process may have taken the directory over: then nothing in it is touched. */
  get isTakenOver(): boolean {
    return this.#open?.failure instanceof LockedError;
  }

  /** How long to wait before something is done: a disk that is full stays so for a while. Milliseconds. */
  get pauseMs(): number {
    const { clock, settings } = this.#context;
    const againMs = this.#triedMs + healingPauses * settings.retryPauseMs;
    return Math.max(0, againMs - clock.monotonicMs());
  }

  /** From now on the next thing that is done has to wait. */
  noteTried(): void {
    this.#triedMs = this.#context.clock.monotonicMs();
  }

  /** Throws away a copy that was begun: it cannot be written any more, or nobody is there to complete it. */
  async abandonCopy({ failure }: OpenDatabase): Promise<void> {
    const { store, log } = this.#context;
    const reason = failure === undefined ? "nobody leads" : "it cannot be written";
    log.warn(
      { database: this.#name, err: failure },
      `giving up the copy that was begun, as ${reason}`,
    );
    await store.abandonResync(this.#name);
  }

  /**
   * Reads again from the disk what a failed write or sync has left. What turns out to be damaged is set
   * aside, and to be copied anew, as another replica; so is what an attempt before has set aside, and could
   * not make anew. Nobody may write meanwhile.
   */
  async reopen(): Promise<void> {
    const { store, log } = this.#context;
    const database = this.#name;
    const failure = this.#open?.failure;
    if (failure !== undefined) {
      log.warn({ database, err: failure }, "opening the database again after a failure");
    }
    try {
      await store.reopenDatabase(database);
      // Opening reads no more than it has to, and may not meet what truncation has met.
      const met = failure?.cause;
      if (met instanceof CorruptionError) this.#open?.log.noteDamage(met);
    } catch (error) {
      if (error instanceof CorruptionError) {
        const { path } = await store.setAsideDatabase(database, error);
        log.error({ database, err: error, path }, "set a damaged database aside");
      } else if (!(error instanceof DatabaseNotFoundError)) throw error;
      await store.createReplica(database, this.#id);
    }
  }

  /**
   * The node that a leader should leave its office to, as its own log is damaged and only a follower can
   * copy it anew; undefined where the log is sound, nobody is in sync, or it has just been tried.
   */
  successorOf(leader: DatabaseLeader): string | undefined {
    const { clock, settings, rules, nodeId } = this.#context;
    const nowMs = clock.monotonicMs();
    const isDue = nowMs - this.#yieldedMs >= settings.replicaTimeoutMs;
    const isSound = rules.reasonToCopyAnew(leader.open.log.damage) === undefined;
    if (isSound || !isDue) return undefined;
    const heir = leader.replicas.find(
      ({ replica, membership }) => membership === "in-sync" && replica.nodeId !== nodeId,
    );
    if (heir !== undefined) this.#yieldedMs = nowMs;
    return heir?.replica.nodeId;
  }

  get #open(): OpenDatabase | undefined {
    return this.#context.store.database(this.#name).open;
  }
}
