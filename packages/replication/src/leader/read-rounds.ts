/** Reads that wait until it is certain that no other node leads, by round. */
interface WaitingRead {
  readonly round: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class ReadRounds {
  readonly #waiting = new Set<WaitingRead>();
  #confirmed = 0;

  /** Resolves when a round is confirmed. */
  confirmed(round: number): Promise<void> {
    if (round <= this.#confirmed) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.add({ round, resolve, reject });
    });
  }

  /** A round is confirmed, and with it all before. */
  confirm(round: number): void {
    this.#confirmed = round;
    for (const read of this.#waiting) {
      if (read.round > round) continue;
      this.#waiting.delete(read);
      read.resolve();
    }
  }

  /** No further round will be confirmed. */
  fail(error: Error): void {
    for (const read of this.#waiting) read.reject(error);
    this.#waiting.clear();
  }
}
