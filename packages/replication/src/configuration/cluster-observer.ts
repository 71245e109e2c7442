import { ConfigurationUnavailableError } from "../errors.ts";
import type { NodeClock } from "../node-clock.ts";
import type { NodeLog } from "../node-log.ts";

import { ClusterKnowledge } from "./cluster-knowledge.ts";
import type {
  ClusterView,
  CompareAndSetResult,
  ConfigurationManager,
  DatabaseState,
  Revision,
  VersionedState,
} from "./configuration-manager.ts";
import { OutageLog } from "./outage-log.ts";

export interface ClusterObserverOptions {
  readonly manager: ConfigurationManager;
  readonly clock: NodeClock;
  readonly log: NodeLog;
  /** How long after one read the next follows where nothing hints at a change. Default: 1,000. */
  readonly pollMs?: number;
  /** How old what was read may get before it counts as stale. Default: five times `pollMs`. */
  readonly staleMs?: number;
}

/**
 * Keeps the newest view of a cluster that is known: from reads, which hints and time ask for, and from
 * what compare-and-sets told. It never goes back, and outlasts a manager that does not answer.
 */
export class ClusterObserver {
  readonly #manager: ConfigurationManager;
  readonly #clock: NodeClock;
  readonly #pollMs: number;
  readonly #staleMs: number;
  readonly #outage: OutageLog;
  readonly #knowledge = new ClusterKnowledge();
  readonly #listeners = new Set<(view: ClusterView) => void>();
  /** When the last read that was answered was sent. */
  #readMs: number | undefined;
  #isReading = false;
  /** Those who wait for a read that has not been sent yet. */
  #askers: PromiseWithResolvers<ClusterView>[] = [];
  /** Whether a read was asked for that the one under way is too early for. */
  #isReadWanted = false;
  #poll: { cancel(): void } | undefined;
  #stopWatching: (() => void) | undefined;
  #isClosed = false;

  constructor({ manager, clock, log, pollMs = 1_000, staleMs }: ClusterObserverOptions) {
    this.#manager = manager;
    this.#clock = clock;
    this.#pollMs = pollMs;
    this.#staleMs = staleMs ?? 5 * pollMs;
    this.#outage = new OutageLog(
      log,
      "cannot read what the cluster has agreed on: going on with what is known",
      "what the cluster has agreed on can be read again",
    );
  }

  /** Begins to read and to watch. Called once. */
  start(): void {
    this.#stopWatching = this.#manager.watch(() => this.refresh());
    this.refresh();
  }

  /**
   * The newest that is known; undefined before the first read. Databases in it may be newer than its
   * revision, where a compare-and-set told of them.
   */
  get view(): ClusterView | undefined {
    return this.#knowledge.view;
  }

  /** How long ago what was read was true for certain; Infinity before the first read. */
  get sinceReadMs(): number {
    return this.#readMs === undefined ? Infinity : this.#clock.monotonicMs() - this.#readMs;
  }

  /** Whether the manager has not answered for so long that others may have gone on. */
  get isStale(): boolean {
    return this.sinceReadMs > this.#staleMs;
  }

  /** Calls back with the view after each change of it. Returns how to stop that. */
  subscribe(listener: (view: ClusterView) => void): () => void {
    const call = (view: ClusterView): void => listener(view);
    this.#listeners.add(call);
    return () => this.#listeners.delete(call);
  }

  /** Reads as soon as possible: now, or when the read under way is done. */
  refresh(): void {
    if (this.#isReading) this.#isReadWanted = true;
    else if (!this.#isClosed) void this.#read();
  }

  /**
   * Reads, and resolves to the view then: it has all that was agreed on before the call. Rejects with
   * ConfigurationUnavailableError.
   */
  readAnew(): Promise<ClusterView> {
    const asker = Promise.withResolvers<ClusterView>();
    if (this.#isClosed) asker.reject(closedError());
    else this.#askers.push(asker);
    this.refresh();
    return asker.promise;
  }

  /** Takes what a compare-and-set of `next` came to, and reads what else there is. */
  noteResult(name: string, next: DatabaseState | undefined, result: CompareAndSetResult): void {
    if (!result.applied) {
      if (result.current !== undefined) this.noteState(name, result.current);
    } else if (next === undefined) {
      this.noteRemoved(name, result.revision);
    } else {
      this.noteState(name, { state: next, revision: result.revision });
    }
    this.refresh();
  }

  /** Takes a state that somebody was told, unless a newer one is known. */
  noteState(name: string, { state, revision }: VersionedState): void {
    this.#note(name, revision, state);
  }

  /** Takes it that a database was removed by the change of this revision, unless newer is known. */
  noteRemoved(name: string, revision: Revision): void {
    this.#note(name, revision, undefined);
  }

  /** Reads and tells nothing any more. What is known stays. */
  close(): void {
    this.#isClosed = true;
    this.#stopWatching?.();
    this.#poll?.cancel();
    this.#listeners.clear();
    for (const asker of this.#askers.splice(0)) asker.reject(closedError());
  }

  #note(name: string, revision: Revision, state: DatabaseState | undefined): void {
    if (this.#isClosed) return;
    if (this.#knowledge.afterNote(name, revision, state)) this.#tell();
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    this.#poll?.cancel();
    let isAnswered: boolean;
    do {
      this.#isReadWanted = false;
      isAnswered = await this.#readOnce();
      // Where it failed, hints do not make it try faster: there may be many of them then.
    } while (this.#isReadWanted && isAnswered && !this.#isClosed);
    this.#isReading = false;
    if (!this.#isClosed) this.#poll = this.#clock.after(this.#pollMs, () => this.refresh());
  }

  /** Returns whether the manager answered. */
  async #readOnce(): Promise<boolean> {
    const askers = this.#askers.splice(0);
    try {
      const view = await this.#readView();
      for (const { resolve } of askers) resolve(view);
      return true;
    } catch (error) {
      if (!this.#isClosed) this.#outage.failed(error);
      for (const { reject } of askers) reject(error);
      return false;
    }
  }

  async #readView(): Promise<ClusterView> {
    const sentMs = this.#clock.monotonicMs();
    const read = await this.#manager.read();
    if (this.#isClosed) throw closedError();
    const outcome = this.#knowledge.afterRead(read);
    if (outcome === "outdated") {
      throw new ConfigurationUnavailableError(
        `the configuration manager answers as of change ${read.revision}, and had gone on from ` +
          "there: if its data was restored from a backup, restart this node",
      );
    }
    this.#readMs = sentMs;
    this.#outage.worked();
    if (outcome === "changed") this.#tell();
    return this.view ?? read;
  }

  #tell(): void {
    const { view } = this.#knowledge;
    if (view === undefined) return;
    for (const listener of this.#listeners) listener(view);
  }
}

const closedError = (): ConfigurationUnavailableError =>
  new ConfigurationUnavailableError("this node takes no part in the cluster any more");
