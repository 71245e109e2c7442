import type { LogOffset } from "@boxerdb/engine";

import type { Entry, Value } from "./operation.ts";

/** A write in the log. */
interface CommittedWrite {
  readonly offset: LogOffset;
  /** What the key holds after it; undefined after a deletion. */
  readonly entry: Entry | undefined;
}

/** What was committed in the end, write by write: the truth that reads of replicas are compared with. */
export class CommittedWrites {
  readonly #writes = new Map<string, CommittedWrite[]>();

  /** Adds a write of a key, in the order of their offsets; a value of undefined is a deletion. */
  add(key: string, offset: LogOffset, value: Value | undefined): void {
    const writes = this.#writes.get(key) ?? [];
    const last = writes.at(-1);
    if (last !== undefined && last.offset >= offset) {
      throw new Error(
        `assertion failed: the writes of ${key} are added in the order of their offsets`,
      );
    }
    writes.push({ offset, entry: value === undefined ? undefined : { value, offset } });
    this.#writes.set(key, writes);
  }

  /** What a key holds where all up to `newest`, itself included, has been applied; undefined: nothing has. */
  entryAt(key: string, newest: LogOffset | undefined): Entry | undefined {
    if (newest === undefined) return undefined;
    return this.#writes.get(key)?.findLast(({ offset }) => offset <= newest)?.entry;
  }
}
