/** A put that waits for its batch. */
interface WaitingPut<Value> {
  readonly key: string;
  readonly value: Value;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Gathers the puts of many writers into batches: all that were asked for while the last batch was
 * being written. What somebody would write around a store that does not do it by itself.
 */
export class TurnBatches<Value> {
  readonly #writeBatch: (entries: readonly (readonly [string, Value])[]) => Promise<unknown>;
  #waiting: WaitingPut<Value>[] = [];
  #isWriting = false;

  constructor(writeBatch: (entries: readonly (readonly [string, Value])[]) => Promise<unknown>) {
    this.#writeBatch = writeBatch;
  }

  /** Resolves when the batch that it is in has been written; rejects if that failed. */
  put(key: string, value: Value): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ key, value, resolve, reject });
      if (this.#isWriting) return;
      this.#isWriting = true;
      setImmediate(() => void this.#writeAll());
    });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#writeBatch(batch.map(({ key, value }) => [key, value]));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      // Its writers go on now: what they ask for belongs to the next batch.
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#isWriting = false;
  }
}
