/**
 * Fixed-size pages in large ArrayBuffers, by number: outside of the garbage collector's way, and in the
 * form in which an image of them can be written to disk.
 *
 * Pages are copied on write while a snapshot may see them. Time is counted in generations: taking a
 * snapshot ends one. A page that was made in a generation that a living snapshot has seen must not be
 * changed; it is copied, and the old one is kept until the snapshots that may see it are gone.
 */

/** The length of a page, in bytes. */
export const pageBytes = 4096;

// Large, so that the views of all slabs stay in the processor's cache: with slabs of 64 KiB a get among ten
// million keys took a quarter longer. Memory that no page was written to costs nothing.
const pagesPerSlabBits = 8;
const pagesPerSlab = 1 << pagesPerSlabBits;

/** The length of a slab, in bytes. */
export const slabBytes = pageBytes * pagesPerSlab;

/** The views of the memory in which a page lies. The page begins at byte `offsetOf(page)`. */
export interface Slab {
  readonly bytes: Buffer<ArrayBuffer>;
  readonly halves: Uint16Array<ArrayBuffer>;
  readonly words: Uint32Array<ArrayBuffer>;
}

/** Where a page begins in its slab, in bytes. */
export const offsetOf = (page: number): number => (page & (pagesPerSlab - 1)) * pageBytes;

/** All pages at one moment, for writing them out. Keeps memory, so it must be released. */
export interface PageImage {
  readonly pageCount: number;
  /** The numbers of pages that nobody needs: what they hold may change at any time. */
  readonly freePages: Uint32Array;
  /** As many as hold `pageCount` pages. All others of these stay as they are. */
  readonly slabs: readonly Slab[];
  release(): void;
}

interface RetiredPage {
  readonly page: number;
  readonly generation: number;
}

export class PageStore {
  readonly #slabs: Slab[] = [];
  // The generation in which each page was made.
  #births = new Uint32Array(pagesPerSlab);
  #pageCount = 0;
  readonly #free: number[] = [];
  #generation = 1;
  // Living snapshots, by the generation that each of them ended, oldest first.
  readonly #snapshots = new Set<number>();
  // The newest of them; 0 for none.
  #newestSnapshot = 0;
  // Oldest first.
  #retired: RetiredPage[] = [];

  /**
   * The pages of an image. Takes over the memory, a slab in each part, which must begin at a multiple
   * of four bytes; the last one may hold its first pages only. Throws RangeError where the parts do not
   * fit together.
   */
  static restore(
    pageCount: number,
    freePages: Uint32Array,
    memory: readonly Buffer<ArrayBuffer>[],
  ): PageStore {
    const store = new PageStore();
    const bytes = memory.reduce((sum, { byteLength }) => sum + byteLength, 0);
    if (bytes !== pageCount * pageBytes) {
      throw new RangeError(`${bytes} bytes do not hold ${pageCount} pages`);
    }
    for (const part of memory.slice(0, -1)) store.#slabs.push(slabIn(part));
    for (const part of memory.slice(-1)) store.#slabs.push(slabIn(whole(part)));
    for (const page of freePages) {
      if (page >= pageCount) throw new RangeError(`there is no page ${page} that could be free`);
      store.#free.push(page);
    }
    store.#pageCount = pageCount;
    // No snapshot has seen any of them.
    store.#births = new Uint32Array(memory.length * pagesPerSlab).fill(store.#generation);
    return store;
  }

  /** Bytes of memory that are held for pages. */
  get byteLength(): number {
    return this.#slabs.length * slabBytes + this.#births.byteLength;
  }

  /** Pages in use, the ones kept for snapshots among them. */
  get usedPages(): number {
    return this.#pageCount - this.#free.length;
  }

  /** How many moments are kept: one for each snapshot and image that was not released. */
  get snapshots(): number {
    return this.#snapshots.size;
  }

  slabOf(page: number): Slab {
    const slab = this.#slabs[page >>> pagesPerSlabBits];
    if (slab === undefined) throw new Error(`assertion failed: there is no page ${page}`);
    return slab;
  }

  /** A page whose content is undefined. */
  allocate(): number {
    const page = this.#free.pop() ?? this.#grow();
    this.#births[page] = this.#generation;
    return page;
  }

  /** Gives a page back that no reader can have seen, or retires it until none can see it any more. */
  release(page: number): void {
    if (this.isShared(page)) this.#retired.push({ page, generation: this.#generation });
    else this.#free.push(page);
  }

  /** Whether a living snapshot may see the page, so that it must not be changed. */
  isShared(page: number): boolean {
    return (this.#births[page] ?? 0) <= this.#newestSnapshot;
  }

  /** The page itself where it may be changed, or a copy of it, in whose favour it is retired. */
  own(page: number): number {
    if (!this.isShared(page)) return page;
    const copy = this.allocate();
    const from = this.slabOf(page).bytes;
    this.slabOf(copy).bytes.set(
      from.subarray(offsetOf(page), offsetOf(page) + pageBytes),
      offsetOf(copy),
    );
    this.release(page);
    return copy;
  }

  /** Keeps all pages as they are now; returns how to end that. */
  snapshot(): () => void {
    const generation = this.#generation++;
    this.#newestSnapshot = generation;
    this.#snapshots.add(generation);
    return () => {
      if (this.#snapshots.delete(generation)) this.#reclaim();
    };
  }

  /** Keeps all pages as they are now, for writing them out. */
  image(): PageImage {
    const retired = this.#retired.map(({ page }) => page);
    return {
      pageCount: this.#pageCount,
      freePages: Uint32Array.from([...this.#free, ...retired]),
      slabs: this.#slabs.slice(0, Math.ceil(this.#pageCount / pagesPerSlab)),
      release: this.snapshot(),
    };
  }

  /** Frees the pages that were retired before the oldest living snapshot was taken. */
  #reclaim(): void {
    const living = [...this.#snapshots];
    const oldest = living[0] ?? Infinity;
    this.#newestSnapshot = living.at(-1) ?? 0;
    let count = 0;
    for (const { page, generation } of this.#retired) {
      if (generation > oldest) break;
      this.#free.push(page);
      count++;
    }
    this.#retired = count === this.#retired.length ? [] : this.#retired.slice(count);
  }

  #grow(): number {
    const page = this.#pageCount++;
    if (page >>> pagesPerSlabBits === this.#slabs.length) {
      this.#slabs.push(slabIn(Buffer.from(new ArrayBuffer(slabBytes))));
    }
    if (page >= this.#births.length) {
      const births = new Uint32Array(Math.max(this.#births.length * 2, pagesPerSlab));
      births.set(this.#births);
      this.#births = births;
    }
    return page;
  }
}

/** A slab's memory, if it is less than that in new one. */
function whole(bytes: Buffer<ArrayBuffer>): Buffer<ArrayBuffer> {
  if (bytes.byteLength === slabBytes) return bytes;
  const slab = Buffer.from(new ArrayBuffer(slabBytes));
  slab.set(bytes);
  return slab;
}

/** The views of one slab's memory. */
function slabIn(bytes: Buffer<ArrayBuffer>): Slab {
  if (bytes.byteLength !== slabBytes) {
    throw new RangeError(`a slab has ${slabBytes} bytes, not ${bytes.byteLength}`);
  }
  const { buffer, byteOffset } = bytes;
  return {
    bytes,
    halves: new Uint16Array(buffer, byteOffset, slabBytes / 2),
    words: new Uint32Array(buffer, byteOffset, slabBytes / 4),
  };
}
