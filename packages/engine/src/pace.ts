/** After how many bytes of work others get a turn: two or three milliseconds of it, as a rule. */
const turnBytes = 256 << 10;

/** Gives the event loop its turns in the middle of long work. */
export class Pace {
  #bytes = 0;

  /** Takes note of work that was done; where it is time for a turn of the event loop, await it. */
  spend(bytes: number): Promise<void> | undefined {
    this.#bytes += bytes;
    if (this.#bytes < turnBytes) return undefined;
    this.#bytes = 0;
    return new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
}
