import type { LogOffset } from "@boxerdb/engine";

import type {
  DeleteOutcome,
  GetOutcome,
  Operation,
  PutOutcome,
  Unknown,
  Value,
} from "./operation.ts";

/** Tells what became of an operation, at most once. One of which nobody tells has an unknown outcome. */
export type Complete<Outcome> = (outcome: Outcome) => void;

const unknown: Unknown = { type: "unknown" };

/**
 * What clients asked for and what they were told, in the order in which it happened: an operation begins
 * when its method is called, and ends when what that returns is called.
 *
 * ```ts
 * const complete = history.put("client 1", "key", 17);
 * complete({ type: "ok", offset: await collection.put("key", 17) });
 * ```
 */
export class History {
  readonly #operations: Operation[] = [];
  #events = 0;

  /** All operations, in the order in which they began, as they stand now. */
  get operations(): readonly Operation[] {
    return this.#operations;
  }

  /** The number of the next event, for what is noted elsewhere and has its place in the same order. */
  nextEvent(): number {
    return this.#events++;
  }

  get(client: string, key: string): Complete<GetOutcome> {
    const attempt = { kind: "get", client, key, invokedAt: this.nextEvent() } as const;
    return this.#begin((outcome, completedAt) => ({ ...attempt, outcome, completedAt }));
  }

  /** `ifOffset`: the offset that the key must be at; null: it must be absent. Default: no condition. */
  put(
    client: string,
    key: string,
    value: Value,
    ifOffset?: LogOffset | null,
  ): Complete<PutOutcome> {
    const invokedAt = this.nextEvent();
    const attempt = { kind: "put", client, key, value, ifOffset, invokedAt } as const;
    return this.#begin((outcome, completedAt) => ({ ...attempt, outcome, completedAt }));
  }

  /** `ifOffset`: as of a put. */
  delete(client: string, key: string, ifOffset?: LogOffset | null): Complete<DeleteOutcome> {
    const invokedAt = this.nextEvent();
    const attempt = { kind: "delete", client, key, ifOffset, invokedAt } as const;
    return this.#begin((outcome, completedAt) => ({ ...attempt, outcome, completedAt }));
  }

  #begin<Outcome>(
    operationOf: (outcome: Outcome | Unknown, completedAt: number) => Operation,
  ): Complete<Outcome> {
    const index = this.#operations.push(operationOf(unknown, Infinity)) - 1;
    let isComplete = false;
    return (outcome) => {
      if (isComplete) throw new Error("assertion failed: an operation is completed once");
      isComplete = true;
      this.#operations[index] = operationOf(outcome, this.nextEvent());
    };
  }
}
