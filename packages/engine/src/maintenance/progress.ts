import { AbortError } from "../errors.ts";
import { Pace } from "../pace.ts";

/**
 * Told about long work as it goes on: how many bytes were worked through, of how many. The total may
 * grow meanwhile.
 */
export type OnProgress = (doneBytes: number, totalBytes: number) => void;

/** How long work is watched, and called off. All fields may be left out. */
export interface WorkOptions {
  /** Told of the bytes that were worked through, of how many. Default: nobody is. */
  readonly onProgress?: OnProgress;
  /**
   * Ends the work early: it rejects with AbortError, and what it has begun to write is removed. Default:
   * it goes on to its end.
   */
  readonly signal?: AbortSignal;
}

/** Long work that tells how far it is, ends when it is called off, and gives the event loop its turns. */
export class Progress {
  readonly #what: string;
  readonly #onProgress: OnProgress;
  readonly #signal: AbortSignal | undefined;
  readonly #pace = new Pace();
  #doneBytes = 0;
  #totalBytes = 0;

  /** `what` names the work, as in "the backup", where it is told that it was aborted. */
  constructor(what: string, { onProgress = () => {}, signal }: WorkOptions = {}) {
    this.#what = what;
    this.#onProgress = onProgress;
    this.#signal = signal;
  }

  /** So many more bytes will have to be worked through. */
  expect(bytes: number): void {
    this.#totalBytes += bytes;
  }

  /** So many more bytes have been. Throws AbortError. */
  note(bytes: number): void {
    this.throwIfAborted();
    this.#doneBytes += bytes;
    // What a file has beyond what was expected of it.
    this.#totalBytes = Math.max(this.#totalBytes, this.#doneBytes);
    this.#onProgress(this.#doneBytes, this.#totalBytes);
  }

  /** As `note`, in work that has no turns of the event loop of its own. */
  async advance(bytes: number): Promise<void> {
    this.note(bytes);
    await this.#pace.spend(bytes);
  }

  /** Throws AbortError where the work was called off. */
  throwIfAborted(): void {
    const signal = this.#signal;
    if (signal?.aborted === true) throw new AbortError(this.#what, signal.reason);
  }
}
