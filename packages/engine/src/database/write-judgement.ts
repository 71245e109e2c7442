import { ConflictError, IdempotencyKeyReusedError } from "../errors.ts";
import { byteStringOf, textOf, type ByteString } from "../log/byte-string.ts";
import { keyBytesOf } from "../names.ts";
import type { LogOffset } from "../scalars.ts";
import type { CommitWaiters } from "../write/commit-waiters.ts";
import type { PendingRecords } from "../write/pending-records.ts";

import type { NewestState } from "./newest-state.ts";
import { encodeChecks, type DeleteOperation } from "./operation-encoder.ts";
import type { WriteTerms } from "./write-terms.ts";

export interface WriteJudgementOptions {
  readonly newest: NewestState;
  readonly pending: PendingRecords;
  readonly waiters: CommitWaiters;
  /** Throws where nothing may be written, so that nothing can be said of a write either. */
  readonly assertWritable: () => void;
  /** Makes durable all that is committed here. */
  readonly makeDurable: () => Promise<void>;
}

/**
 * Whether a write is to be done. Judged against the newest appended state, in the turn of the event loop
 * in which it will be appended: no other write comes between. What is answered instead of writing waits
 * until all that it tells of is committed, so that no crash can undo it.
 */
export class WriteJudgement {
  readonly #options: WriteJudgementOptions;

  constructor(options: WriteJudgementOptions) {
    this.#options = options;
  }

  /**
   * Resolves to the offset of a write that was done before by the same idempotency key; rejects with
   * IdempotencyKeyReusedError where that was another write; undefined where there was none.
   */
  repeated({ repeatable, durability }: WriteTerms): Promise<LogOffset> | undefined {
    if (repeatable === undefined) return undefined;
    const { assertWritable, newest, makeDurable } = this.#options;
    assertWritable();
    const { note, onReplay } = repeatable;
    const found = newest.note(note.collection, note.key);
    if (found === undefined) return undefined;
    const isSame = Buffer.compare(found.value, note.value.bytes) === 0;
    return this.#settled(note.collection, note.key).then(async () => {
      if (!isSame) throw new IdempotencyKeyReusedError(textOf(note.key));
      // The first one may have been content with less.
      if (durability === "disk") await makeDurable();
      onReplay();
      return found.batchEnd;
    });
  }

  /** Rejects with ConflictError where a check does not hold; undefined where all do. */
  refused({ checks, progressCheck }: WriteTerms): Promise<never> | undefined {
    if (checks.length === 0 && progressCheck === undefined) return undefined;
    this.#options.assertWritable();
    const { newest } = this.#options;
    const broken = newest.brokenCheck(encodeChecks(checks));
    if (broken !== undefined) return this.#refuse(broken.collection, broken.key, broken.conflict);
    if (progressCheck === undefined) return undefined;
    const { note, offset: expectedOffset } = progressCheck;
    const actualOffset = newest.note(note.collection, note.key)?.batchEnd ?? null;
    if (actualOffset === expectedOffset) return undefined;
    const conflict = new ConflictError({
      collection: textOf(note.collection),
      key: textOf(note.key),
      expectedOffset,
      actualOffset,
      checkIndex: checks.length,
    });
    return this.#refuse(note.collection, note.key, conflict);
  }

  /** Resolves to undefined where a key has no value; undefined where it has one. */
  absent({ collection, key }: DeleteOperation): Promise<undefined> | undefined {
    this.#options.assertWritable();
    const names = [byteStringOf(collection), keyBytesOf(key)] as const;
    return this.#options.newest.has(...names) ? undefined : this.#settled(...names);
  }

  async #refuse(collection: ByteString, key: ByteString, conflict: ConflictError): Promise<never> {
    await this.#settled(collection, key);
    throw conflict;
  }

  /** Resolves when what is known of a key is committed. */
  async #settled(collection: ByteString, key: ByteString): Promise<undefined> {
    const { pending, waiters } = this.#options;
    const newest = pending.newest(collection, key);
    if (newest !== undefined) await waiters.wait(newest.batchEnd, 0);
  }
}
