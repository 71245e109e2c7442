import { Pace } from "../pace.ts";

/**
 * Told about long work as it goes on: how many bytes were worked through, of how many. The total may
 * grow meanwhile.
 */
export type OnProgress = (doneBytes: number, totalBytes: number) => void;

/** Long work that tells how far it is, and gives the event loop its turns. */
export class Progress {
  readonly #onProgress: OnProgress;
  readonly #pace = new Pace();
  #doneBytes = 0;
  #totalBytes = 0;

  constructor(onProgress: OnProgress = () => {}) {
    this.#onProgress = onProgress;
  }

  /** So many more bytes will have to be worked through. */
  expect(bytes: number): void {
    this.#totalBytes += bytes;
  }

  /** So many more bytes have been. */
  async advance(bytes: number): Promise<void> {
    this.#doneBytes += bytes;
    // What a file has beyond what was expected of it.
    this.#totalBytes = Math.max(this.#totalBytes, this.#doneBytes);
    this.#onProgress(this.#doneBytes, this.#totalBytes);
    await this.#pace.spend(bytes);
  }
}
