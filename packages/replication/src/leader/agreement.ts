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

  /** Takes note of what it holds, unless something newer is known. */
  note(current: VersionedState | undefined): void {
    if (current !== undefined && current.revision > this.#newest.revision) this.#newest = current;
  }

  /** What it holds after a compare-and-set; undefined where the database is gone. */
  async change(expected: Revision, next: DatabaseState): Promise<VersionedState | undefined> {
    const result = await this.#compareAndSet(expected, next);
    return result.applied ? { state: next, revision: result.revision } : result.current;
  }
}
