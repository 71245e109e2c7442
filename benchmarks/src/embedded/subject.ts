import type { UserDocument } from "../document.ts";

/** A store that the embedded benchmark can drive. All writes are durable when they resolve. */
export interface Subject {
  put(key: string, value: UserDocument): Promise<void>;
  /** Writes all at once, in the store's own way of doing so. */
  putBatch(entries: readonly (readonly [string, UserDocument])[]): Promise<void>;
  get(key: string): UserDocument | undefined;
  /** Reads all entries in key order; resolves to how many there were. */
  scan(): Promise<number>;
  close(): Promise<void>;
}
