import type { LogOffset } from "@boxerdb/engine";

import type { Entry, Operation, Value } from "./operation.ts";

/** A write in the log. */
interface CommittedWrite {
  readonly offset: LogOffset;
  /** What the key holds after it; undefined after a deletion. */
  readonly entry: Entry | undefined;
}

/**
 * What was committed in the end, write by write: the truth that reads of replicas are compared with. Of
 * writes whose outcome nobody knows it may not be known whether they were.
 */
export class CommittedWrites {
  readonly #writes = new Map<string, CommittedWrite[]>();
  /** By key, the event by which the first delete began whose outcome nobody knows. */
  readonly #possibleDeletes = new Map<string, number>();

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

  /** Adds a deletion that may have taken effect at any time after the event by which it began, or never. */
  addPossibleDelete(key: string, invokedAt: number): void {
    const first = this.#possibleDeletes.get(key) ?? Infinity;
    this.#possibleDeletes.set(key, Math.min(first, invokedAt));
  }

  /** Whether a key may have been deleted by an event without anybody knowing it. */
  mayBeDeleted(key: string, event: number): boolean {
    return (this.#possibleDeletes.get(key) ?? Infinity) < event;
  }
}

/** That somebody has read an entry. */
interface Sighting {
  readonly key: string;
  readonly entry: Entry | undefined;
}

/**
 * What is certain of a log by what clients were told: acknowledged writes, and puts whose outcome nobody
 * knows, but whose value was read. Those that nobody has read can be left out: where another value is
 * read at their place, one can only know less than there is to know.
 */
export function committedWritesOf(
  operations: readonly Operation[],
  localReads: readonly Sighting[],
): CommittedWrites {
  const sightings = new Map<Value, Entry>();
  const see = ({ entry }: Sighting): void => {
    if (entry !== undefined && !sightings.has(entry.value)) sightings.set(entry.value, entry);
  };
  for (const operation of operations) {
    const { kind, key, outcome } = operation;
    if (kind === "get" && outcome.type === "ok") see({ key, entry: outcome.entry });
  }
  for (const read of localReads) see(read);

  const committed = new CommittedWrites();
  const writes: { key: string; offset: LogOffset; value: Value | undefined }[] = [];
  for (const operation of operations) {
    if (operation.kind === "get") continue;
    const { key, kind, outcome, invokedAt } = operation;
    const value = kind === "put" ? operation.value : undefined;
    if (outcome.type === "ok") writes.push({ key, offset: outcome.offset, value });
    if (outcome.type !== "unknown") continue;
    const seen = value === undefined ? undefined : sightings.get(value);
    if (seen !== undefined) writes.push({ key, offset: seen.offset, value });
    if (kind === "delete") committed.addPossibleDelete(key, invokedAt);
  }
  for (const { key, offset, value } of writes.toSorted((a, b) => a.offset - b.offset)) {
    committed.add(key, offset, value);
  }
  return committed;
}
