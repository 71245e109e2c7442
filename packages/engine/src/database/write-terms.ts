import { InvalidOptionError } from "../errors.ts";
import { oneOf, type Durability, type ResolvedStoreOptions } from "../options.ts";
import type { LogOffset } from "../scalars.ts";
import { EncodedValue } from "../value/encoded-value.ts";
import type { StorableShape } from "../value/storable.ts";

import {
  BatchNote,
  idempotencyCollection,
  noteKeyOf,
  progressCollection,
  progressKeptMs,
} from "./batch-note.ts";
import {
  OperationEncoder,
  type BatchCheck,
  type BatchOperation,
  type Operation,
} from "./operation-encoder.ts";
import { fingerprintOf } from "./write-fingerprint.ts";

/** What any write may be asked for with. All fields may be left out. */
export interface RepeatableOptions {
  /**
   * Makes the write safe to repeat, by 1 to 255 printable ASCII characters that no other write to this
   * database has: while the key is kept (`StoreOptions.idempotencyMs`), a write with the same key and
   * the same operations is not done again, and resolves to the offset of the one that was; conditions
   * are not judged again then. With other operations it rejects with IdempotencyKeyReusedError. A
   * write that was refused, or deleted nothing, leaves its key free. Default: none.
   */
  readonly idempotencyKey?: string;
  /** Called before a write resolves that was not done again. Default: nobody is told. */
  readonly onReplay?: () => void;
}

/** How far somebody has come who writes one batch after the other, stored atomically with each. */
export interface ProgressOptions {
  /** By which it is found again: 1 to 255 printable ASCII characters. */
  readonly id: string;
  /** What to know for going on. */
  readonly state: StorableShape;
  /**
   * Write only if the newest progress of this id was stored by the batch at this offset, or, for null,
   * if there is none. A ConflictError on the collection `_progress` says that it was not. Default: in
   * any case.
   */
  readonly ifOffset?: LogOffset | null;
}

/** Conditions and promises of a batch. All fields may be left out. */
export interface BatchOptions extends RepeatableOptions {
  /** All must hold, judged at once against the newest appended state. Default: none. */
  readonly checks?: readonly BatchCheck[];
  /** Default: as the store was opened with. */
  readonly durability?: Durability;
  /**
   * Stored with the batch, for `Database.progress` to tell. It is kept for seven days. A batch that stores
   * progress may have no operations. Default: none.
   */
  readonly progress?: ProgressOptions;
}

/** By what a write is known that was done before. */
export interface Repeatable {
  readonly note: BatchNote;
  readonly onReplay: () => void;
}

/** A condition on a note. */
export interface ProgressCheck {
  readonly note: BatchNote;
  readonly offset: LogOffset | null;
}

/** Under which terms a batch is written. */
export interface WriteTerms {
  readonly checks: readonly BatchCheck[];
  readonly durability: Durability;
  /** What is written beside the batch's own records. */
  readonly notes: readonly BatchNote[];
  readonly repeatable?: Repeatable | undefined;
  readonly progressCheck?: ProgressCheck | undefined;
}

/** A write as it goes to the database. */
export interface AskedWrite {
  readonly operations: readonly Operation[];
  readonly terms: WriteTerms;
}

const noNotes: readonly BatchNote[] = [];

/**
 * The terms of a write. One with an idempotency key has its values encoded, as its fingerprint is taken
 * of them.
 * Throws InvalidOptionError, and as OperationEncoder.stage does.
 */
export function askedWrite(
  operations: readonly BatchOperation<StorableShape>[],
  asked: BatchOptions,
  options: ResolvedStoreOptions,
): AskedWrite {
  const { checks = [], idempotencyKey, progress } = asked;
  if (operations.length === 0 && progress === undefined) {
    throw new InvalidOptionError("a batch has at least one operation, or progress to store");
  }
  const durability = checkedDurability(asked.durability) ?? options.durability;
  if (idempotencyKey === undefined && progress === undefined) {
    return { operations, terms: { checks, durability, notes: noNotes } };
  }
  const taken =
    idempotencyKey === undefined
      ? operations
      : new OperationEncoder(options).stage(operations).operations;
  const repeatable = repeatableOf(asked, taken, options);
  const progressNote = progress && noteOfProgress(progress);
  const notes = [repeatable?.note, progressNote].filter((note) => note !== undefined);
  const progressCheck =
    progressNote === undefined || progress?.ifOffset === undefined
      ? undefined
      : { note: progressNote, offset: progress.ifOffset };
  return { operations: taken, terms: { checks, durability, notes, repeatable, progressCheck } };
}

function repeatableOf(
  { idempotencyKey, onReplay = () => {} }: RepeatableOptions,
  staged: readonly Operation[],
  { idempotencyMs }: ResolvedStoreOptions,
): Repeatable | undefined {
  if (idempotencyKey === undefined) return undefined;
  const key = noteKeyOf("idempotencyKey", idempotencyKey);
  const fingerprint = EncodedValue.of(fingerprintOf(staged));
  return { note: new BatchNote(idempotencyCollection, key, fingerprint, idempotencyMs), onReplay };
}

function noteOfProgress({ id, state }: ProgressOptions): BatchNote {
  const value = EncodedValue.of(state);
  const note = new BatchNote(progressCollection, noteKeyOf("id", id), value, progressKeptMs);
  const { byteLength } = value.bytes;
  if (byteLength <= stateBytesAtMost) return note;
  throw new InvalidOptionError(
    `the state of progress has at most ${stateBytesAtMost} bytes encoded, this one has ${byteLength}`,
  );
}

/** It is written with every batch. */
const stateBytesAtMost = 4_096;

function checkedDurability(durability: Durability | undefined): Durability | undefined {
  if (durability !== undefined) oneOf("durability", durability, ["disk", "os"]);
  return durability;
}
