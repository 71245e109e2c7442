/** After how many bytes of work others get a turn: less than a millisecond of it, as a rule. */
const turnBytes = 256 << 10;

/** Gives the event loop its turns in the middle of long work. */
export class Pace {
  #bytes = 0;

  /** Waits for a turn of the event loop where enough bytes were worked through since the last one. */
  async spend(bytes: number): Promise<void> {
    this.#bytes += bytes;
    if (this.#bytes < turnBytes) return;
    this.#bytes = 0;
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
