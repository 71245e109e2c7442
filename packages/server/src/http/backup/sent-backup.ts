import type { Logger } from "../../logging/logger.ts";

import type { StagedBackup } from "./staged-backup.ts";
import { archiveOf } from "./tar-archive.ts";

/**
 * The bytes of a backup on their way to a client. The backup is removed when they are out, when one cannot
 * be read, and when the client goes, even before it has taken the first one.
 */
export class SentBackup implements AsyncIterableIterator<Uint8Array, void, void> {
  readonly #staged: StagedBackup;
  readonly #chunks: AsyncGenerator<Uint8Array, void, void>;
  readonly #log: Logger;

  constructor(staged: StagedBackup, log: Logger) {
    const { directory, files, report } = staged;
    this.#staged = staged;
    this.#chunks = archiveOf(directory, files, new Date(report.time));
    this.#log = log;
  }

  async next(): Promise<IteratorResult<Uint8Array, void>> {
    try {
      const result = await this.#chunks.next();
      if (result.done === true) await this.#remove();
      return result;
    } catch (error) {
      await this.#remove();
      throw error;
    }
  }

  async return(): Promise<IteratorResult<Uint8Array, void>> {
    const result = await this.#chunks.return();
    await this.#remove();
    return result;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async #remove(): Promise<void> {
    try {
      await this.#staged[Symbol.asyncDispose]();
    } catch (error) {
      // The client has its backup; the next start of the server tries again.
      const { directory } = this.#staged;
      this.#log.warn({ err: error, directory }, "a backup that was sent could not be removed");
    }
  }
}
