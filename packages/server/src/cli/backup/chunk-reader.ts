import { InvalidBackupError } from "@boxerdb/engine";

/**
 * Reads a backup that arrives in chunks of any length in pieces of wanted lengths. Throws
 * InvalidBackupError where it ends early.
 */
export class ChunkReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #chunk: Uint8Array = new Uint8Array(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  /** The next bytes, in one piece. */
  async exactly(bytes: number): Promise<Buffer> {
    return Buffer.concat(await Array.fromAsync(this.next(bytes)));
  }

  /** The next bytes, as they arrive. */
  async *next(bytes: number): AsyncGenerator<Uint8Array, void, void> {
    for (let left = bytes; left > 0;) {
      if (this.#chunk.byteLength === 0 && !(await this.#fill())) {
        throw new InvalidBackupError(
          "what was sent is no whole backup: it ended before a file did. Ask for it again",
        );
      }
      const piece = this.#chunk.subarray(0, left);
      this.#chunk = this.#chunk.subarray(piece.byteLength);
      left -= piece.byteLength;
      yield piece;
    }
  }

  /** Leaves out the next bytes. */
  async skip(bytes: number): Promise<void> {
    await this.exactly(bytes);
  }

  /** Reads on to the end. */
  async drain(): Promise<void> {
    while (await this.#fill());
  }

  /** Takes the next chunk; false at the end. */
  async #fill(): Promise<boolean> {
    const { done, value } = await this.#chunks.next();
    if (done === true) return false;
    this.#chunk = value;
    return true;
  }
}
