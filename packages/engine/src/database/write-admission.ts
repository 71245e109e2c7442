import type { InFlightBudget } from "../write/in-flight-budget.ts";

import type { Operation, OperationEncoder } from "./operation-encoder.ts";

/** Lets writes in: at once, or, while too much is in flight, when their turn has come. */
export class WriteAdmission {
  readonly #encoder: OperationEncoder;
  readonly #budget: InFlightBudget;

  constructor(encoder: OperationEncoder, budget: InFlightBudget) {
    this.#encoder = encoder;
    this.#budget = budget;
  }

  /** Resolves as `append` does, which is called once the write is let in; rejects where that throws. */
  enter<Result>(
    operations: readonly Operation[],
    append: (operations: readonly Operation[]) => Promise<Result>,
  ): Promise<Result> {
    if (!this.#budget.hasRoom) return this.#enterLater(operations, append);
    try {
      this.#encoder.refuseNested();
      return append(operations);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  /** Resolves as `ask` does, which is called once all writes that came before are let in. */
  async ask<Result>(ask: () => Promise<Result> | undefined): Promise<Result | undefined> {
    const turn = this.#budget.hasQueue ? this.#budget.take(0) : undefined;
    if (turn !== undefined) {
      await turn;
      this.#budget.entered();
    }
    return ask();
  }

  async #enterLater<Result>(
    operations: readonly Operation[],
    append: (operations: readonly Operation[]) => Promise<Result>,
  ): Promise<Result> {
    const staged = this.#encoder.stage(operations);
    const room = this.#budget.take(staged.bytes);
    if (room !== undefined) {
      await room;
      this.#budget.entered();
    }
    try {
      return append(staged.operations);
    } finally {
      this.#budget.correct(staged.bytes); // From here on, what it really takes is counted.
    }
  }
}
