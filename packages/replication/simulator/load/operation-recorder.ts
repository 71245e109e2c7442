import type { LogOffset } from "@boxerdb/engine";

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

/**
 * Is told what clients ask for, and by what it returns what came of it. `History` does that for the
 * checker of linearizability.
 */
export interface OperationRecorder {
  get(client: string, key: string): (outcome: ReadOutcome) => void;
  put(
    client: string,
    key: string,
    value: string,
    ifOffset?: LogOffset | null,
  ): (outcome: PutOutcome) => void;
  delete(
    client: string,
    key: string,
    ifOffset?: LogOffset | null,
  ): (outcome: DeleteOutcome) => void;
}
