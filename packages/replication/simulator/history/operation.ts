/** What clients ask of a key, and what they are told. */
import type { LogOffset } from "@boxerdb/engine";

/** What clients write. No key is given the same value twice, so that a read tells which write it saw. */
export type Value = number | string;

/** What a key holds, and the offset of the write that put it there. */
export interface Entry {
  readonly value: Value;
  readonly offset: LogOffset;
}

/** It had no effect and will have none, as far as the client was told. */
export interface Failed {
  readonly type: "failed";
}

/** Nobody has told: it may take effect at any time after it was asked for, or never. */
export interface Unknown {
  readonly type: "unknown";
}

/** The condition was judged, and did not hold. Nothing was written. */
export interface PreconditionFailed {
  readonly type: "precondition failed";
}

/** `entry`: what was read; undefined where the key was absent. */
export type GetOutcome =
  | { readonly type: "ok"; readonly entry: Entry | undefined }
  | Failed
  | Unknown;

/** `offset`: of the write. */
export type PutOutcome =
  | { readonly type: "ok"; readonly offset: LogOffset }
  | PreconditionFailed
  | Failed
  | Unknown;

/** `not found`: the key was absent, and nothing was written. */
export type DeleteOutcome = PutOutcome | { readonly type: "not found" };

/** What all operations have. Events are numbered in the order in which they came, all of a history. */
interface Attempt {
  readonly client: string;
  readonly key: string;
  /** The event by which it began. It cannot have taken effect before. */
  readonly invokedAt: number;
  /**
   * The event by which the client was told its outcome; Infinity as long as it was told nothing. Unless
   * that is unknown, it cannot take effect afterwards.
   */
  readonly completedAt: number;
}

interface Write extends Attempt {
  /** Write only if the key is at this offset, or, for null, absent; undefined: in any case. */
  readonly ifOffset: LogOffset | null | undefined;
}

export interface Get extends Attempt {
  readonly kind: "get";
  readonly outcome: GetOutcome;
}

export interface Put extends Write {
  readonly kind: "put";
  readonly value: Value;
  readonly outcome: PutOutcome;
}

export interface Delete extends Write {
  readonly kind: "delete";
  readonly outcome: DeleteOutcome;
}

export type Operation = Get | Put | Delete;
