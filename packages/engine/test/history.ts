import type { BatchCheck, BatchOperation, Entry, RangeOptions, Storable } from "@boxerdb/engine";

/** What a key of the model holds. */
export interface ModelEntry {
  readonly collection: string;
  readonly key: string;
  readonly value: Storable;
  readonly offset: number;
  readonly expires: number | null;
}

/** The keys of a database, by `placeOf`. */
export type ModelState = ReadonlyMap<string, ModelEntry>;

/** One record of the log, as the model knows it. */
interface ModelRecord {
  /** The offset after the last record of its batch. */
  readonly batchEnd: number;
  /** Undefined for the record that begins an epoch. */
  readonly operation: BatchOperation | undefined;
}

const placeOf = (collection: string, key: string): string => `${collection}\n${key}`;

/**
 * The model of a database: all records that were ever asked for, in their order. What the database
 * holds is what a prefix of them leaves, so every state that it may show is `stateAt` some offset.
 */
export class History {
  // The record at index i has offset i. The first one begins the epoch.
  #records: ModelRecord[] = [{ batchEnd: 1, operation: undefined }];
  #newest = new Map<string, ModelEntry>();

  /** The offset that the next record gets. */
  get end(): number {
    return this.#records.length;
  }

  /** Adds a batch. */
  append(operations: readonly BatchOperation[]): void {
    const batchEnd = this.end + operations.length;
    for (const operation of operations) {
      apply(this.#newest, operation, this.end);
      this.#records.push({ batchEnd, operation });
    }
  }

  /** Whether no batch has some of its records below `end` and others not. */
  isBatchBoundary(end: number): boolean {
    if (end === 0) return true;
    return (this.#records[end - 1]?.batchEnd ?? Infinity) <= end;
  }

  /** Forgets all records from `end` on. */
  cut(end: number): void {
    this.#records = this.#records.slice(0, end);
    this.#newest = new Map(this.stateAt(end));
  }

  /** What is left of the records below `end`, what has expired included. */
  stateAt(end: number): ModelState {
    const state = new Map<string, ModelEntry>();
    for (const [offset, { operation }] of this.#records.slice(0, end).entries()) {
      if (operation !== undefined) apply(state, operation, offset);
    }
    return state;
  }

  /** The offset of a key in the newest state; null where it is absent or has expired by `nowMs`. */
  newestOffset(collection: string, key: string, nowMs: number): number | null {
    const entry = this.#newest.get(placeOf(collection, key));
    return entry === undefined || hasExpired(entry, nowMs) ? null : entry.offset;
  }

  /** The index of the first check that does not hold against the newest state; -1 where all do. */
  brokenCheck(checks: readonly BatchCheck[], nowMs: number): number {
    return checks.findIndex(
      ({ collection, key, offset }) => this.newestOffset(collection, key, nowMs) !== offset,
    );
  }
}

/** What a state shows of a collection, in the order and shape of `CollectionReader.list`. */
export function listed(
  state: ModelState,
  collection: string,
  nowMs: number,
  range: RangeOptions = {},
): Entry[] {
  const { prefix, gt, gte, lt, lte, reverse, limit } = range;
  const matches = (key: string): boolean =>
    (prefix === undefined || key.startsWith(prefix)) &&
    (gt === undefined || compareBytes(key, gt) > 0) &&
    (gte === undefined || compareBytes(key, gte) >= 0) &&
    (lt === undefined || compareBytes(key, lt) < 0) &&
    (lte === undefined || compareBytes(key, lte) <= 0);
  const entries = [...state.values()]
    .filter((entry) => entry.collection === collection && !hasExpired(entry, nowMs))
    .filter(({ key }) => matches(key))
    .toSorted((a, b) => compareBytes(a.key, b.key))
    .map(({ key, value, offset, expires }) => ({ key, value, offset, expires }) as Entry);
  return (reverse === true ? entries.toReversed() : entries).slice(0, limit);
}

const bytesOf = (text: string): Buffer => Buffer.from(text, "utf8");

/** The order of keys: that of their UTF-8 bytes. */
export const compareBytes = (a: string, b: string): number =>
  Buffer.compare(bytesOf(a), bytesOf(b));

const hasExpired = ({ expires }: ModelEntry, nowMs: number): boolean =>
  expires !== null && expires <= nowMs;

function apply(state: Map<string, ModelEntry>, operation: BatchOperation, offset: number): void {
  const { collection, key } = operation;
  const place = placeOf(collection, key);
  if (operation.op === "delete") {
    state.delete(place);
  } else {
    const { value, expires = null } = operation;
    state.set(place, { collection, key, value, offset, expires });
  }
}
