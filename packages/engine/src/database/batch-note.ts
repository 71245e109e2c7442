/**
 * Notes: records that the engine writes beside those of a batch, in collections of its own. A note
 * stands before the batch's other records and is one batch with them, so that it is there if and only
 * if they are, on every replica and after every crash. The end of its batch is the offset that the
 * batch's writer was answered: a note need not say it.
 *
 *   _idempotency   key: what the writer gave   value: the fingerprint of what was asked for
 *   _progress      key: what the writer gave   value: how far the writer has come, as it says
 *
 * Invariant: a note expires no earlier than the one of its key before it, so that whoever misses an
 * expired one has no other of its key in sight. Compaction relies on it.
 */
import { InvalidOptionError } from "../errors.ts";
import type { ByteString } from "../log/byte-string.ts";
import type { TimestampMs } from "../scalars.ts";
import type { EncodedValue } from "../value/encoded-value.ts";

/** Persisted names; see FORMAT.md. */
export const idempotencyCollection = "_idempotency" as ByteString;
export const progressCollection = "_progress" as ByteString;

/** How long progress is kept after its last batch. */
export const progressKeptMs = 7 * 24 * 3_600_000;

/** A put in one of the engine's collections. A class, so that no operation of a user's can pass for it. */
export class BatchNote {
  readonly op = "put";
  readonly collection: ByteString;
  readonly key: ByteString;
  readonly value: EncodedValue;
  readonly ttlMs: number;

  constructor(collection: ByteString, key: ByteString, value: EncodedValue, ttlMs: number) {
    this.collection = collection;
    this.key = key;
    this.value = value;
    this.ttlMs = ttlMs;
  }

  /** The same, kept from `now` until `expires` at least. */
  lasting(now: TimestampMs, expires: TimestampMs): BatchNote {
    if (now + this.ttlMs >= expires) return this;
    return new BatchNote(this.collection, this.key, this.value, expires - now);
  }
}

const noteKey = /^[\x20-\x7e]{1,255}$/;

/**
 * The key of a note. Throws InvalidOptionError, naming the option, unless it is 1 to 255 printable ASCII
 * characters.
 */
export function noteKeyOf(option: string, text: string): ByteString {
  if (typeof text !== "string" || !noteKey.test(text)) {
    throw new InvalidOptionError(
      `${option} must be 1 to 255 printable ASCII characters, not ${JSON.stringify(text)}`,
    );
  }
  return text as ByteString;
}
