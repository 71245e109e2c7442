import type {
  CompareAndSetResult,
  DatabaseState,
  Revision,
  VersionedState,
} from "../configuration/configuration-manager.ts";

/** What the cluster has agreed on about one database, as its leader knows it and changes it. */
export class Agreement {
  readonly #compareAndSet: (
    expected: Revision,
    next: DatabaseState,
  ) => Promise<CompareAndSetResult>;
  #newest: VersionedState;
  /** The newest revision from which another reign was asked for; a newer one tells what came of it. */
  #succeededFrom: Revision | undefined;

  /** `compareAndSet`: see ConfigurationManager. */
  constructor(
    elected: VersionedState,
    compareAndSet: (expected: Revision, next: DatabaseState) => Promise<CompareAndSetResult>,
  ) {
    this.#newest = elected;
    this.#compareAndSet = compareAndSet;
  }

  /** What the configuration manager is known to hold. */
  get newest(): VersionedState {
    return this.#newest;
  }

  /** Whether another leader may have been agreed on, as this one has asked for it. */
  get mayBeSucceeded(): boolean {
    return this.#succeededFrom !== undefined && this.#succeededFrom >= this.#newest.revision;
  }

  /** Takes note of what it holds, unless something newer is known. */
  note(current: VersionedState | undefined): void {
    if (current !== undefined && current.revision > this.#newest.revision) this.#newest = current;
  }

  /** What it holds after a compare-and-set; undefined where the database is gone. */
  async change(expected: Revision, next: DatabaseState): Promise<VersionedState | undefined> {
    if (next.epoch !== this.#newest.state.epoch) this.#succeededFrom = expected;
    const result = await this.#compareAndSet(expected, next);
    return result.applied ? { state: next, revision: result.revision } : result.current;
  }
}
