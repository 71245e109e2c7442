/** Writes a checkpoint, frame by frame, to a file that is durable but not yet in force. */
import { crc32 } from "node:zlib";

import { writeFully, type FileHandle } from "../filesystem/filesystem.ts";
import { pageBytes, slabBytes, type PageImage } from "../index/page-store.ts";
import { temporaryCheckpointName } from "../log/checkpoint-name.ts";
import type { LogIdentity } from "../log/log.ts";
import type { UnusualRecord } from "../log/segment.ts";
import type { BytePosition } from "../scalars.ts";

import type { CheckpointHead, StoredSegment, UnusualRecords } from "./checkpoint-catalog.ts";
import {
  encodeCollections,
  encodeEnd,
  encodeEpochs,
  encodeFreePages,
  encodeHead,
  encodePages,
  encodeSegment,
  encodeUnusual,
} from "./checkpoint-frame.ts";
import type { CheckpointImage, SegmentImage } from "./checkpoint-image.ts";
import { findTailEnd, tailChecksum } from "./tail-end.ts";

/** Slabs in one frame: 1 MiB of pages, which take less than a millisecond to copy and to check. */
const slabsPerFrame = 1;
const unusualRecordsPerFrame = 4096;
/** After so many bytes they are synced, so that a writer's sync never has to wait for much of them. */
const bytesPerSync = 16 << 20;

/**
 * Writes an image under a temporary name and makes it durable; resolves to its length in bytes.
 * `paced` is waited for after each frame, with the frame's length. Leaves nothing behind where it fails.
 */
export async function writeCheckpoint(
  identity: LogIdentity,
  image: CheckpointImage,
  paced: (bytes: number) => Promise<void>,
): Promise<number> {
  const { fileSystem, directory } = identity;
  const temporary = `${directory}/${temporaryCheckpointName(image.offset)}`;
  const file = await fileSystem.open(temporary, "create");
  try {
    const writer = new FrameWriter(file, paced);
    for await (const frame of framesOf(identity, image)) await writer.write(frame);
    await writer.end();
    await file.close();
    return writer.byteSize;
  } catch (error) {
    await file.close();
    await fileSystem.remove(temporary).catch(() => {}); // What went wrong before says more.
    throw error;
  }
}

async function* framesOf(
  { databaseId, logId }: LogIdentity,
  image: CheckpointImage,
): AsyncGenerator<Buffer> {
  const { offset, highWatermark, segments, tail, keyspace } = image;
  const tailImage = segments[tail];
  if (tailImage === undefined) throw new Error("assertion failed: a segment holds the offset");
  const end = await findTailEnd(tailImage.segment, logId, offset, tailImage.byteSize);
  const head: CheckpointHead = {
    databaseId,
    logId,
    offset,
    highWatermark,
    tail,
    tailChecksum: await tailChecksum(tailImage.segment.file, end.position),
    pageCount: keyspace.pages.pageCount,
  };
  yield encodeHead(head);
  for (const [index, segment] of segments.entries()) {
    const number = keyspace.numberOf(segment.segment);
    const known =
      index === tail
        ? { ...segment, byteSize: end.position, endOffset: end.offset, fileBytes: end.position }
        : { ...segment, fileBytes: await segment.segment.file.size() };
    yield encodeSegment({ ...storedSegment(known), number, fileBytes: known.fileBytes });
  }
  for (const [index, segment] of segments.entries()) {
    for (const records of unusualRecordsOf(segment))
      yield encodeUnusual({ segment: index, records });
  }
  yield encodeEpochs(image.epochs);
  yield encodeCollections(keyspace.collections);
  yield encodeFreePages(keyspace.pages.freePages);
  yield* pageFrames(keyspace.pages);
}

function storedSegment({
  segment,
  byteSize,
  endOffset,
  counts,
  expiries,
  noteExpiries,
}: SegmentImage): Omit<StoredSegment, "number" | "fileBytes"> {
  return {
    name: segment.name,
    revision: segment.revision,
    byteSize,
    endOffset,
    counts,
    expiries,
    noteExpiries,
    places: segment.places.filter(({ position }) => position < byteSize),
  };
}

/** Part by part: what is added meanwhile stands behind what the image covers. */
function* unusualRecordsOf({
  segment,
  byteSize,
}: SegmentImage): IterableIterator<UnusualRecords["records"]> {
  let records: [BytePosition, UnusualRecord][] = [];
  for (const [position, record] of segment.unusualRecords) {
    if (position >= byteSize) continue;
    records.push([position, record]);
    if (records.length < unusualRecordsPerFrame) continue;
    yield records;
    records = [];
  }
  if (records.length > 0) yield records;
}

function* pageFrames({ slabs, pageCount }: PageImage): IterableIterator<Buffer> {
  for (let first = 0; first < slabs.length; first += slabsPerFrame) {
    const part = slabs.slice(first, first + slabsPerFrame).map(({ bytes }, index) => {
      const left = pageCount * pageBytes - (first + index) * slabBytes;
      return bytes.subarray(0, left);
    });
    yield encodePages(first, part);
  }
}

/** Appends frames to a file, and in the end the one that binds them together. */
class FrameWriter {
  readonly #file: FileHandle;
  readonly #paced: (bytes: number) => Promise<void>;
  #position = 0;
  #syncedBytes = 0;
  #frames = 0;
  #checksum = 0;

  constructor(file: FileHandle, paced: (bytes: number) => Promise<void>) {
    this.#file = file;
    this.#paced = paced;
  }

  get byteSize(): number {
    return this.#position;
  }

  async write(frame: Buffer): Promise<void> {
    await writeFully(this.#file, frame, this.#position);
    this.#position += frame.byteLength;
    this.#frames++;
    this.#checksum = crc32(frame.subarray(0, 4), this.#checksum);
    if (this.#position - this.#syncedBytes >= bytesPerSync) {
      await this.#file.datasync();
      this.#syncedBytes = this.#position;
    }
    await this.#paced(frame.byteLength);
  }

  async end(): Promise<void> {
    await this.write(encodeEnd({ frames: this.#frames, checksum: this.#checksum }));
    await this.#file.datasync();
  }
}
