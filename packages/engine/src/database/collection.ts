import type { Durability } from "../options.ts";
import { CollectionReader, type ReadSource } from "../read/collection-reader.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";
import type { Storable, StorableShape } from "../value/storable.ts";

import type { DeleteOperation, PutOperation } from "./operation-encoder.ts";
import type { RepeatableOptions } from "./write-terms.ts";

/** Conditions and promises of a single write. All fields may be left out. */
export interface WriteOptions extends RepeatableOptions {
  /**
   * Write only if the key is at this offset, or, for null, only if it is absent. Judged against the
   * newest appended state, writes in flight included. Default: write in any case.
   */
  readonly ifOffset?: LogOffset | null;
  /** Default: as the store was opened with. */
  readonly durability?: Durability;
}

/** As WriteOptions, for a put. */
export interface PutOptions extends WriteOptions {
  /** When the value ceases to be. Default: never. */
  readonly expires?: TimestampMs;
  /** After how many milliseconds the value ceases to be, instead of `expires`. Default: never. */
  readonly ttlMs?: number;
}

/** Writes single operations of collections. Its methods reject, and throw nothing. */
export interface CollectionWriter {
  put(operation: PutOperation<StorableShape>, options: WriteOptions): Promise<LogOffset>;
  /** Resolves to undefined where there was no such key. */
  delete(operation: DeleteOperation, options: WriteOptions): Promise<LogOffset | undefined>;
}

/**
 * A named, ordered key space inside a database. Keys are strings of 1 to 1,024 bytes of UTF-8; values
 * are JSON or bytes. The type parameter is the caller's promise; it is not checked.
 */
export class Collection<Value extends StorableShape = Storable> extends CollectionReader<Value> {
  readonly #writer: CollectionWriter;

  constructor(source: ReadSource, writer: CollectionWriter, name: string) {
    super(source, name);
    this.#writer = writer;
  }

  /**
   * Sets a key's value; resolves to the record's offset when it is durable and committed. Rejects with
   * InvalidKeyError, InvalidValueError, TooLargeError, ConflictError, IdempotencyKeyReusedError,
   * PoisonedError or DiskFullError; after the last two it is unknown whether the value survived, after
   * the others nothing was written.
   */
  put(key: string, value: Value, options: PutOptions = {}): Promise<LogOffset> {
    const { expires, ttlMs } = options;
    const operation: PutOperation<StorableShape> =
      expires === undefined && ttlMs === undefined
        ? { op: "put", collection: this.name, key, value }
        : {
            op: "put",
            collection: this.name,
            key,
            value,
            ...(expires !== undefined && { expires }),
            ...(ttlMs !== undefined && { ttlMs }),
          };
    return this.#writer.put(operation, options);
  }

  /**
   * Removes a key; resolves to the record's offset when that is durable and committed, or to undefined
   * where there was no such key (nothing is written then). Rejects as `put` does.
   */
  delete(key: string, options: WriteOptions = {}): Promise<LogOffset | undefined> {
    return this.#writer.delete({ op: "delete", collection: this.name, key }, options);
  }
}
