/** Which frames of a cache hold the blocks of a file. Takes a few bytes for each block of the file. */
export class BlockTable {
  // The frame plus one; 0 for none.
  #frames = new Uint32Array(0);

  get(block: number): number | undefined {
    const frame = this.#frames[block] ?? 0;
    return frame === 0 ? undefined : frame - 1;
  }

  set(block: number, frame: number): void {
    if (block >= this.#frames.length) {
      const frames = new Uint32Array(Math.max(block + 1, this.#frames.length * 2, 64));
      frames.set(this.#frames);
      this.#frames = frames;
    }
    this.#frames[block] = frame + 1;
  }

  delete(block: number): void {
    this.#frames[block] = 0;
  }
}
