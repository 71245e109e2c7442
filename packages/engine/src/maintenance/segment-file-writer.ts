import { writeFully, type FileHandle, type FileSystem } from "../filesystem/filesystem.ts";
import type { ByteString } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { groupHeaderBytes, writeGroupHeader, type GroupHeader } from "../log/group-header.ts";
import { MsgpackWriter } from "../log/msgpack-cursor.ts";
import { beginRecord, endRecord, nilValue } from "../log/record.ts";
import type { BytePosition, Epoch, LogOffset, TimestampMs } from "../scalars.ts";

import { digestWith, emptyDigest, type FileDigest } from "./file-digest.ts";

/** How a group begins, but for what follows from its place and its content. */
export type GroupPromises = Pick<GroupHeader, "syncedUpTo" | "nextOffset" | "highWatermark">;

/** The first record of a reign. */
export interface ReignStart {
  readonly epoch: Epoch;
  readonly offset: LogOffset;
  readonly timestamp: TimestampMs;
}

const bufferedBytes = 256 << 10;

/** Writes a segment file from front to back, in large steps. */
export class SegmentFileWriter {
  readonly #file: FileHandle;
  readonly #logId: number;
  #parts: Buffer[] = [];
  #partsBytes = 0;
  #written = emptyDigest;

  private constructor(file: FileHandle, logId: number) {
    this.#file = file;
    this.#logId = logId;
  }

  /** Begins a file that does not exist with the frame of a segment's header. */
  static async create(
    fileSystem: FileSystem,
    path: string,
    header: Buffer,
    logId: number,
  ): Promise<SegmentFileWriter> {
    const writer = new SegmentFileWriter(await fileSystem.open(path, "create"), logId);
    await writer.#append(header);
    return writer;
  }

  /** Where the next group begins. */
  get position(): BytePosition {
    return (this.#written.bytes + this.#partsBytes) as BytePosition;
  }

  /** Adds a group of records, each of them a whole frame. */
  async addGroup(promises: GroupPromises, records: readonly Buffer[]): Promise<void> {
    const recordBytes = records.reduce((sum, { byteLength }) => sum + byteLength, 0);
    const header = Buffer.allocUnsafe(groupHeaderBytes);
    const { position } = this;
    writeGroupHeader(header, 0, { ...promises, logId: this.#logId, position, recordBytes });
    await this.#append(header);
    for (const record of records) await this.#append(record);
  }

  /** Makes all durable that was added, and has a reign begin behind it, vouched for as durable too. */
  async beginReign({ epoch, offset, timestamp }: ReignStart): Promise<void> {
    const writer = new MsgpackWriter(Buffer.alloc(0));
    const start = beginRecord(writer, {
      kind: FrameKind.epoch,
      offset,
      epoch,
      timestamp,
      expires: null,
      batchRemaining: 0,
      collection: "" as ByteString,
      key: "" as ByteString,
    });
    writer.raw(nilValue);
    endRecord(writer, start);
    const record = writer.bytes.subarray(start, writer.position);
    const nextOffset = (offset + 1) as LogOffset;
    await this.#sync();
    const syncedUpTo = this.position;
    await this.addGroup({ syncedUpTo, nextOffset, highWatermark: offset }, [record]);
    await this.#sync();
    const sealedUpTo = this.position;
    await this.addGroup({ syncedUpTo: sealedUpTo, nextOffset, highWatermark: nextOffset }, []);
  }

  /** Makes the file durable, but for its name, and closes it. */
  async finish(): Promise<FileDigest> {
    await this.#sync();
    await this.close();
    return this.#written;
  }

  /** Closes the file as it is. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  async #append(bytes: Buffer): Promise<void> {
    this.#parts.push(bytes);
    this.#partsBytes += bytes.byteLength;
    if (this.#partsBytes >= bufferedBytes) await this.#flush();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#parts, this.#partsBytes);
    await writeFully(this.#file, bytes, this.#written.bytes);
    this.#written = digestWith(this.#written, bytes);
    this.#parts = [];
    this.#partsBytes = 0;
  }

  async #sync(): Promise<void> {
    await this.#flush();
    await this.#file.datasync();
  }
}
