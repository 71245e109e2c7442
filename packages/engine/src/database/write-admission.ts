import type { EngineError } from "../errors.ts";
import type { InFlightBudget } from "../write/in-flight-budget.ts";

import type { Operation, OperationEncoder } from "./operation-encoder.ts";

/** Lets writes in: at once, or, while too much is in flight, when their turn has come. */
export class WriteAdmission {
  readonly #encoder: OperationEncoder;
  readonly #budget: InFlightBudget;
  /** Why none that comes now is let in. */
  #closed: EngineError | undefined;
  /** Why those neither that came before. */
  #refusal: EngineError | undefined;

  constructor(encoder: OperationEncoder, budget: InFlightBudget) {
    this.#encoder = encoder;
    this.#budget = budget;
  }

  /** Refuses all that come from now on. Resolves when those who wait are let in, or refused, too. */
  async close(reason: EngineError, waiting: "let in" | "refused"): Promise<void> {
    this.#closed ??= reason;
    if (waiting === "refused") this.#refusal ??= reason;
    const turn = this.#lastTurn();
    this.#budget.admitAll();
    await turn;
  }

  /** Resolves as `append` does, which is called once the write is let in; rejects where that throws. */
  enter<Result>(
    operations: readonly Operation[],
    append: (operations: readonly Operation[]) => Promise<Result>,
  ): Promise<Result> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
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
    if (this.#closed !== undefined) throw this.#closed;
    await this.#lastTurn();
    if (this.#refusal !== undefined) throw this.#refusal;
    return ask();
  }

  /** Resolves when all are let in that wait now. */
  async #lastTurn(): Promise<void> {
    const turn = this.#budget.hasQueue ? this.#budget.take(0) : undefined;
    if (turn === undefined) return;
    await turn;
    this.#budget.entered();
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
      if (this.#refusal !== undefined) throw this.#refusal;
      return append(staged.operations);
    } finally {
      this.#budget.correct(staged.bytes); // From here on, what it really takes is counted.
    }
  }
}
