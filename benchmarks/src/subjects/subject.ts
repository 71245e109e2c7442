import type { JsonValue } from "@boxerdb/engine";

export interface SubjectOptions {
  /**
   * Whether a write is on disk when it resolves. Only where a store is filled that is not measured
   * while that goes on, it need not be.
   */
  readonly durable: boolean;
  /** Whether memory is to be spared: as little as each store comes with. Default: all that helps. */
  readonly spareMemory?: boolean;
}

/** A store that the benchmarks can drive, in its best setting, on strings and JSON values. */
export interface Subject<Value> {
  put(key: string, value: Value): Promise<unknown>;
  /** Writes all at once, in the store's own way of doing so. */
  putBatch(entries: readonly (readonly [string, Value])[]): Promise<unknown>;
  get(key: string): Value | undefined;
  /** Reads all entries in key order, decoded. */
  scan(visit: (key: string, value: Value) => void): Promise<void>;
  close(): Promise<void>;
}

/** Opens the store in a directory, or makes it there. */
export type OpenSubject = <Value extends JsonValue>(
  directory: string,
  options: SubjectOptions,
) => Promise<Subject<Value>>;
