/**
 * Lets one piece of work begin in each turn of the event loop, in the order in which they came. So
 * any number of feeds that catch up at once leave room, after each piece, for the requests of others.
 */
export class Turnstile {
  readonly #waiting: (() => void)[] = [];

  /** Resolves when it is one's turn: to go on until the next wait for anything else. */
  enter(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(this.#admit);
    });
  }

  readonly #admit = (): void => {
    const [first] = this.#waiting;
    first?.();
    this.#waiting.shift();
    // Set from within an immediate, the next one runs when the loop has turned.
    if (this.#waiting.length > 0) setImmediate(this.#admit);
  };
}
