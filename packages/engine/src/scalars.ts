/**
 * Branded numbers. They are plain numbers at run time; the brand lets the compiler keep a place in
 * the log (an offset) apart from a place in a file (a byte position).
 */

declare const brand: unique symbol;
type Branded<Name extends string> = number & { readonly [brand]: Name };

/**
 * The number of a record in its database's log: dense at append, never reused, never a byte
 * position. The same number is the ETag, the change-feed id and the replication position.
 * Range: 0 to 2^53 - 1.
 */
export type LogOffset = Branded<"LogOffset">;

/** The number of a leader's reign. Starts at 1 and only grows. */
export type Epoch = Branded<"Epoch">;

/** A place in a segment file, in bytes from its start. */
export type BytePosition = Branded<"BytePosition">;

/** Milliseconds since 1970-01-01T00:00:00Z, as `Date.now()` counts them. */
export type TimestampMs = Branded<"TimestampMs">;

const wholeNumber = (value: number, what: string): number => {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new RangeError(`${what} must be a whole number from 0 to 2^53 - 1, not ${value}`);
  }
  return value;
};

/** Makes an offset of a number that came from outside. Throws RangeError where it cannot be one. */
export const logOffset = (value: number): LogOffset => wholeNumber(value, "an offset") as LogOffset;

/** Makes an epoch of a number that came from outside. Throws RangeError where it cannot be one. */
export const epoch = (value: number): Epoch => wholeNumber(value, "an epoch") as Epoch;

/** Makes a byte position of a number. Throws RangeError where it cannot be one. */
export const bytePosition = (value: number): BytePosition =>
  wholeNumber(value, "a byte position") as BytePosition;

/** Makes a timestamp of a number of milliseconds. Throws RangeError where it cannot be one. */
export const timestampMs = (value: number): TimestampMs =>
  wholeNumber(value, "a timestamp") as TimestampMs;
