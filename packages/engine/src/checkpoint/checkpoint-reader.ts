/** Reads a checkpoint back: its catalog first, then the pages, into the memory that holds them from then on. */
import { crc32 } from "node:zlib";

import type { FileHandle } from "../filesystem/filesystem.ts";
import { slabBytes } from "../index/page-store.ts";
import type { EpochStart } from "../log/epoch-table.ts";
import { frameHeaderBytes, validFrameEnd } from "../log/frame.ts";

import type {
  CheckpointCatalog,
  CheckpointHead,
  StoredCollection,
  StoredSegment,
  UnusualRecords,
} from "./checkpoint-catalog.ts";
import { CheckpointDoubt } from "./checkpoint-doubt.ts";
import { decodeFrame, type CheckpointFrame } from "./checkpoint-frame.ts";

export class CheckpointReader {
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #frames: AsyncGenerator<CheckpointFrame, void>;

  /** `file` is open, and `size` bytes long. */
  constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.#size = size;
    this.#frames = this.#read();
  }

  /** Reads all that comes before the pages. Throws CheckpointDoubt where it is not as written. */
  async readCatalog(): Promise<CheckpointCatalog> {
    let head: CheckpointHead | undefined;
    const segments: StoredSegment[] = [];
    const unusualRecords: UnusualRecords[] = [];
    const epochs: EpochStart[] = [];
    const collections: StoredCollection[] = [];
    for (;;) {
      const frame = await this.#next();
      if (head === undefined && frame.kind !== "head") break;
      if (frame.kind === "head") head = frame.head;
      else if (frame.kind === "segment") segments.push(frame.segment);
      else if (frame.kind === "unusual") unusualRecords.push(frame.unusual);
      else if (frame.kind === "epochs") epochs.push(...frame.epochs);
      else if (frame.kind === "collections") collections.push(...frame.collections);
      else if (frame.kind === "freePages" && head !== undefined) {
        const { freePages } = frame;
        return { head, segments, unusualRecords, epochs, collections, freePages };
      } else break;
    }
    throw new CheckpointDoubt("its frames are out of order");
  }

  /** Reads the pages, slab by slab, and sees that the checkpoint is whole. Throws CheckpointDoubt. */
  async readSlabs(): Promise<readonly Buffer<ArrayBuffer>[]> {
    const slabs: Buffer<ArrayBuffer>[] = [];
    for (;;) {
      const frame = await this.#next();
      if (frame.kind === "end") break;
      if (frame.kind !== "pages" || frame.slab !== slabs.length) {
        throw new CheckpointDoubt("its frames are out of order");
      }
      for (let start = 0; start < frame.slabs.byteLength; start += slabBytes) {
        slabs.push(frame.slabs.subarray(start, start + slabBytes));
      }
    }
    return slabs;
  }

  async #next(): Promise<CheckpointFrame> {
    const step = await this.#frames.next();
    if (step.done === true) throw new CheckpointDoubt("it ends too early");
    return step.value;
  }

  /** Yields all frames; the next one is on its way from the disk while one is checked. */
  async *#read(): AsyncGenerator<CheckpointFrame, void> {
    let frames = 0;
    let checksum = 0;
    let position = 0;
    const first = await this.#part(0, frameHeaderBytes);
    let next = this.#frameAt(position, first, 0);
    for (;;) {
      const { bytes, frameBytes } = await next;
      position += frameBytes;
      const isLast = position === this.#size;
      if (!isLast) {
        next = this.#frameAt(position, bytes, frameBytes);
        next.catch(() => {}); // Thrown by the next turn, unless this one throws.
      }
      const frame = bytes.subarray(0, frameBytes);
      if (validFrameEnd(frame, 0, frameBytes) !== frameBytes) {
        throw new CheckpointDoubt(`byte ${position - frameBytes} does not fit its checksum`);
      }
      const decoded = decodeFrame(frame);
      if (isLast !== (decoded.kind === "end")) throw new CheckpointDoubt("it ends too early");
      if (decoded.kind === "end") {
        if (decoded.end.frames !== frames || decoded.end.checksum !== checksum) {
          throw new CheckpointDoubt("its frames do not belong together");
        }
        yield decoded;
        return;
      }
      frames++;
      checksum = crc32(frame.subarray(0, 4), checksum);
      yield decoded;
    }
  }

  /** The frame at `position`, whose header stands in `before` at `start`, and the header of the next. */
  async #frameAt(
    position: number,
    before: Buffer<ArrayBuffer>,
    start: number,
  ): Promise<{ readonly bytes: Buffer<ArrayBuffer>; readonly frameBytes: number }> {
    const frameBytes = frameHeaderBytes + before.readUInt32LE(start + 4);
    const left = this.#size - position;
    if (frameBytes > left) throw new CheckpointDoubt("it ends within a frame");
    const bytes = await this.#part(position, Math.min(frameBytes + frameHeaderBytes, left));
    if (frameBytes < left && left - frameBytes < frameHeaderBytes) {
      throw new CheckpointDoubt("it ends within a frame");
    }
    return { bytes, frameBytes };
  }

  async #part(position: number, length: number): Promise<Buffer<ArrayBuffer>> {
    // In memory of its own, as pages stay there.
    const bytes = Buffer.allocUnsafeSlow(length);
    let count: number;
    try {
      count = await this.#file.read(bytes, position);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new CheckpointDoubt(`it cannot be read (${reason})`, { cause: error });
    }
    if (count < length) throw new CheckpointDoubt("it ends within a frame");
    return bytes;
  }
}
