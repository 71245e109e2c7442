import type { LogOffset } from "@boxerdb/engine";

import type { AnsweringCopy } from "./client-protocol.ts";

/** It had no effect, and will have none. */
interface Failed {
  readonly type: "failed";
}

/** It may have had an effect, or may have one yet. */
interface Unknown {
  readonly type: "unknown";
}

export type ReadOutcome =
  | {
      readonly type: "ok";
      /** Undefined: the key was absent. */
      readonly entry: { readonly value: string; readonly offset: LogOffset } | undefined;
    }
  | Failed
  | Unknown;

export type PutOutcome =
  | { readonly type: "ok"; readonly offset: LogOffset }
  /** The condition did not hold. */
  | { readonly type: "precondition failed" }
  | Failed
  | Unknown;

/** `not found`: the key was absent, and nothing was written. */
export type DeleteOutcome = PutOutcome | { readonly type: "not found" };

/** Of a read that any copy may answer, by what it had applied. */
export type LocalReadOutcome =
  | {
      readonly type: "ok";
      readonly entry: { readonly value: string; readonly offset: LogOffset } | undefined;
      readonly copy: AnsweringCopy;
    }
  | Failed;

/**
 * Is told what clients ask for, and by what it returns what came of it. `ClusterHistory` does that for
 * the checkers of what clients saw.
 */
export interface OperationRecorder {
  get(client: string, key: string, database: string): (outcome: ReadOutcome) => void;
  put(
    client: string,
    key: string,
    value: string,
    ifOffset: LogOffset | null | undefined,
    database: string,
  ): (outcome: PutOutcome) => void;
  delete(
    client: string,
    key: string,
    ifOffset: LogOffset | null | undefined,
    database: string,
  ): (outcome: DeleteOutcome) => void;
  /** Where it is not there, nobody wants to know of local reads. */
  localRead?(
    client: string,
    key: string,
    minimumOffset: LogOffset | undefined,
    database: string,
  ): (outcome: LocalReadOutcome) => void;
}
