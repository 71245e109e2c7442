/**
 * The frames of a checkpoint, in their order (see frame.ts for what is around each):
 *
 *     checkpoint := head segment+ unusual* epochs collections freePages pages* end
 *
 *     head        := [kind, "BoxerDB", formatVersion, indexLayout, databaseId, logId, offset,
 *                     highWatermark, tail, tailChecksum, pageCount]
 *     segment     := [kind, baseOffset, coveredEnd, revision, number, fileBytes, byteSize, endOffset,
 *                     recordBytes, liveBytes, tombstoneBytes, staleSince, keys, expiryIntervalMs,
 *                     [interval, bytes, …], noteExpiryIntervalMs, [interval, bytes, …],
 *                     [offset, position, …]]
 *     unusual     := [kind, segment, [position, byteLength, expires, …]]
 *     epochs      := [kind, [epoch, startOffset, checksum, …]]
 *     collections := [kind, [name, root, height, count, …]]
 *     freePages   := [kind, bin of u32le]
 *     pages       := [kind, slab, bin]
 *     end         := [kind, frames, checksum]
 */
import { Packr, Unpackr } from "msgpackr";

import { pageBytes } from "../index/page-store.ts";
import { byteStringOf, textOf } from "../log/byte-string.ts";
import type { EpochStart } from "../log/epoch-table.ts";
import type { ScheduledBytes } from "../log/expiry-schedule.ts";
import { FrameKind, formatVersion } from "../log/frame-kind.ts";
import { frameHeaderBytes, frameOf, sealFrame } from "../log/frame.ts";
import type { Place, UnusualRecord } from "../log/segment.ts";
import {
  bytePosition,
  epoch,
  logOffset,
  timestampMs,
  type BytePosition,
  type LogOffset,
} from "../scalars.ts";

import type {
  CheckpointHead,
  StoredCollection,
  StoredSegment,
  UnusualRecords,
} from "./checkpoint-catalog.ts";
import { CheckpointDoubt } from "./checkpoint-doubt.ts";

/**
 * The layout of a checkpoint: of its frames, of pages, and of what the index keeps of a record in them.
 * Persisted: another number with every change of this file, tree-page.ts or entry-codec.ts that this one
 * could not read. 2: notes are counted apart. 1: the first.
 */
export const indexLayout = 2;

const magic = "BoxerDB";
const packr = new Packr({ useRecords: false, variableMapSize: true });
const unpackr = new Unpackr({ useRecords: false, int64AsType: "number" });

/** The last frame: how many come before it, and the CRC of all their checksums, in their order. */
export interface CheckpointEnd {
  readonly frames: number;
  readonly checksum: number;
}

/** A frame that was read. */
export type CheckpointFrame =
  | { readonly kind: "head"; readonly head: CheckpointHead }
  | { readonly kind: "segment"; readonly segment: StoredSegment }
  | { readonly kind: "unusual"; readonly unusual: UnusualRecords }
  | { readonly kind: "epochs"; readonly epochs: readonly EpochStart[] }
  | { readonly kind: "collections"; readonly collections: readonly StoredCollection[] }
  | { readonly kind: "freePages"; readonly freePages: Uint32Array }
  /** The number of the first slab, and the slabs one after the other. */
  | { readonly kind: "pages"; readonly slab: number; readonly slabs: Buffer<ArrayBuffer> }
  | { readonly kind: "end"; readonly end: CheckpointEnd };

export const encodeHead = (head: CheckpointHead): Buffer =>
  frameOf(
    packr.pack([
      FrameKind.checkpoint,
      magic,
      formatVersion,
      indexLayout,
      head.databaseId,
      head.logId,
      head.offset,
      head.highWatermark,
      head.tail,
      head.tailChecksum,
      head.pageCount,
    ]),
  );

export function encodeSegment(segment: StoredSegment): Buffer {
  const { name, counts } = segment;
  return frameOf(
    packr.pack([
      FrameKind.checkpointSegment,
      name.baseOffset,
      name.coveredEnd ?? null,
      segment.revision,
      segment.number ?? null,
      segment.fileBytes,
      segment.byteSize,
      segment.endOffset,
      counts.recordBytes,
      counts.liveBytes,
      counts.tombstoneBytes,
      counts.staleSince ?? null,
      counts.keys,
      segment.expiries.intervalMs,
      segment.expiries.bytes.flat(),
      segment.noteExpiries.intervalMs,
      segment.noteExpiries.bytes.flat(),
      segment.places.flatMap(({ offset, position }) => [offset, position]),
    ]),
  );
}

export const encodeUnusual = ({ segment, records }: UnusualRecords): Buffer =>
  frameOf(
    packr.pack([
      FrameKind.checkpointUnusual,
      segment,
      records.flatMap(([position, { byteLength, expires }]) => [position, byteLength, expires]),
    ]),
  );

export const encodeEpochs = (epochs: readonly EpochStart[]): Buffer =>
  frameOf(
    packr.pack([
      FrameKind.checkpointEpochs,
      epochs.flatMap((start) => [start.epoch, start.startOffset, start.checksum]),
    ]),
  );

export const encodeCollections = (collections: readonly StoredCollection[]): Buffer =>
  frameOf(
    packr.pack([
      FrameKind.checkpointCollections,
      collections.flatMap(({ name, root, height, count }) => [textOf(name), root, height, count]),
    ]),
  );

export function encodeFreePages(pages: Uint32Array): Buffer {
  const bytes = Buffer.alloc(pages.length * 4);
  for (const [index, page] of pages.entries()) bytes.writeUInt32LE(page, index * 4);
  return frameOf(packr.pack([FrameKind.checkpointFreePages, bytes]));
}

export const encodeEnd = ({ frames, checksum }: CheckpointEnd): Buffer =>
  frameOf(packr.pack([FrameKind.checkpointEnd, frames, checksum]));

// array header, kind, slab as u32, bin header with a length of u32: in full width, so that the pages
// begin at a multiple of four bytes and can be used where they were read.
const pagesPayloadBytes = 12;
const pagesStart = frameHeaderBytes + pagesPayloadBytes;

/** The frame of slabs, one after the other, the last one maybe in part. Copies them: they must not change while they are written. */
export function encodePages(slab: number, slabs: readonly Uint8Array[]): Buffer {
  const length = slabs.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const bytes = Buffer.allocUnsafe(pagesStart + length);
  bytes[frameHeaderBytes] = 0x93;
  bytes[frameHeaderBytes + 1] = FrameKind.checkpointPages;
  bytes[frameHeaderBytes + 2] = 0xce;
  bytes.writeUInt32BE(slab, frameHeaderBytes + 3);
  bytes[frameHeaderBytes + 7] = 0xc6;
  bytes.writeUInt32BE(length, frameHeaderBytes + 8);
  let position = pagesStart;
  for (const part of slabs) {
    bytes.set(part, position);
    position += part.byteLength;
  }
  sealFrame(bytes, 0, bytes.byteLength);
  return bytes;
}

/**
 * Decodes a valid frame. Slabs stay where they are in `frame`; the rest is copied. Throws
 * CheckpointDoubt where the frame is not one of a checkpoint that this version can read.
 */
export function decodeFrame(frame: Buffer<ArrayBuffer>): CheckpointFrame {
  if (frame[frameHeaderBytes + 1] === FrameKind.checkpointPages) return decodePages(frame);
  let payload: unknown;
  try {
    payload = unpackr.unpack(frame.subarray(frameHeaderBytes));
  } catch (error) {
    throw new CheckpointDoubt("a frame of it is not msgpack", { cause: error });
  }
  const items = new Items(payload);
  const kind = items.number();
  switch (kind) {
    case FrameKind.checkpoint:
      return { kind: "head", head: decodeHead(items) };
    case FrameKind.checkpointSegment:
      return { kind: "segment", segment: decodeSegment(items) };
    case FrameKind.checkpointUnusual:
      return { kind: "unusual", unusual: decodeUnusual(items) };
    case FrameKind.checkpointEpochs:
      return { kind: "epochs", epochs: items.list(epochStart) };
    case FrameKind.checkpointCollections:
      return { kind: "collections", collections: items.list(storedCollection) };
    case FrameKind.checkpointFreePages:
      return { kind: "freePages", freePages: items.words() };
    case FrameKind.checkpointEnd:
      return { kind: "end", end: { frames: items.number(), checksum: items.number() } };
    default:
      throw new CheckpointDoubt(`it holds a frame of kind ${kind}`);
  }
}

function decodeHead(items: Items): CheckpointHead {
  if (items.text() !== magic) throw new CheckpointDoubt("it is not a checkpoint");
  const version = items.number();
  const layout = items.number();
  if (version !== formatVersion || layout !== indexLayout) {
    throw new CheckpointDoubt(
      `it has format ${version}.${layout}, this version of BoxerDB reads ` +
        `${formatVersion}.${indexLayout}`,
    );
  }
  return {
    databaseId: items.text(),
    logId: items.number(),
    offset: logOffset(items.number()),
    highWatermark: logOffset(items.number()),
    tail: items.number(),
    tailChecksum: items.number(),
    pageCount: items.number(),
  };
}

function decodeSegment(items: Items): StoredSegment {
  const baseOffset = logOffset(items.number());
  const coveredEnd = items.numberOrNil();
  return {
    name: { baseOffset, coveredEnd: coveredEnd === null ? undefined : logOffset(coveredEnd) },
    revision: items.number(),
    number: items.numberOrNil() ?? undefined,
    fileBytes: items.number(),
    byteSize: bytePosition(items.number()),
    endOffset: logOffset(items.number()),
    counts: {
      recordBytes: items.number(),
      liveBytes: items.number(),
      tombstoneBytes: items.number(),
      staleSince: staleSinceOf(items.numberOrNil()),
      keys: items.number(),
    },
    expiries: scheduleOf(items),
    noteExpiries: scheduleOf(items),
    places: items.list(place),
  };
}

const staleSinceOf = (offset: number | null): LogOffset | undefined =>
  offset === null ? undefined : logOffset(offset);

const scheduleOf = (items: Items): ScheduledBytes => ({
  intervalMs: items.number(),
  bytes: items.list(scheduledBytes),
});

const scheduledBytes = (items: Items): readonly [number, number] => [
  items.number(),
  items.number(),
];

const decodeUnusual = (items: Items): UnusualRecords => ({
  segment: items.number(),
  records: items.list(unusualRecord),
});

const place = (items: Items): Place => ({
  offset: logOffset(items.number()),
  position: bytePosition(items.number()),
});

function unusualRecord(items: Items): readonly [BytePosition, UnusualRecord] {
  const position = bytePosition(items.number());
  const byteLength = items.number();
  const expires = items.numberOrNil();
  return [position, { byteLength, expires: expires === null ? null : timestampMs(expires) }];
}

const epochStart = (items: Items): EpochStart => ({
  epoch: epoch(items.number()),
  startOffset: logOffset(items.number()),
  checksum: items.number(),
});

const storedCollection = (items: Items): StoredCollection => ({
  name: byteStringOf(items.text()),
  root: items.number(),
  height: items.number(),
  count: items.number(),
});

function decodePages(frame: Buffer<ArrayBuffer>): CheckpointFrame {
  const slabs = frame.subarray(pagesStart);
  if (slabs.byteLength % pageBytes !== 0) throw new CheckpointDoubt("it holds part of a page");
  return { kind: "pages", slab: frame.readUInt32BE(frameHeaderBytes + 3), slabs };
}

/** Takes the items of an array one after the other, and sees that each is what it must be. */
class Items {
  readonly #items: readonly unknown[];
  #next = 0;

  constructor(items: unknown) {
    if (!Array.isArray(items)) throw new CheckpointDoubt("a frame of it holds no array");
    this.#items = items;
  }

  number(): number {
    const item = this.#take();
    if (typeof item === "number" && Number.isSafeInteger(item) && item >= 0) return item;
    throw new CheckpointDoubt("a number is missing in it");
  }

  numberOrNil(): number | null {
    if (this.#items[this.#next] !== null) return this.number();
    this.#next++;
    return null;
  }

  text(): string {
    const item = this.#take();
    if (typeof item === "string") return item;
    throw new CheckpointDoubt("a name is missing in it");
  }

  words(): Uint32Array {
    const item = this.#take();
    if (!(item instanceof Uint8Array) || item.byteLength % 4 !== 0) {
      throw new CheckpointDoubt("a list of pages is missing in it");
    }
    const bytes = Buffer.from(item.buffer, item.byteOffset, item.byteLength);
    return Uint32Array.from({ length: item.byteLength / 4 }, (_, index) =>
      bytes.readUInt32LE(index * 4),
    );
  }

  /** What `element` makes of the items of the next item, an array, until there are no more. */
  list<Element>(element: (items: Items) => Element): Element[] {
    const items = new Items(this.#take());
    const list: Element[] = [];
    while (items.#next < items.#items.length) list.push(element(items));
    return list;
  }

  #take(): unknown {
    return this.#items[this.#next++];
  }
}
