import { writeFully, type FileHandle } from "../filesystem/filesystem.ts";
import { groupHeaderBytes, writeGroupHeader } from "../log/group-header.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";

/** The bytes of records after which a group may end. */
const groupBytes = 128 << 10;

/**
 * Writes records into groups, at the end of a file that nobody reads yet. A group's header is written
 * after its records, so that a group of any length takes a piece of memory of a fixed size.
 */
export class GroupOutput {
  readonly #file: FileHandle;
  readonly #logId: number;
  readonly #highWatermark: () => LogOffset;
  // The room for a header, and the records of the open group that are not written yet.
  readonly #piece = Buffer.allocUnsafe(groupHeaderBytes + groupBytes);
  #pieceLength = groupHeaderBytes;
  #groupStart: number;
  /** Bytes of the open group's records that are written. */
  #groupWritten = 0;

  /** `start` is where the first group is to begin. */
  constructor(
    file: FileHandle,
    logId: number,
    start: BytePosition,
    highWatermark: () => LogOffset,
  ) {
    this.#file = file;
    this.#logId = logId;
    this.#groupStart = start;
    this.#highWatermark = highWatermark;
  }

  /** Where the open group begins. */
  get position(): number {
    return this.#groupStart;
  }

  /** Whether the open group is long enough to end. */
  get isFull(): boolean {
    return this.#recordBytes >= groupBytes;
  }

  /** Adds the record whose frame stands in `bytes` from `start` to `end`; undefined where nothing is to be waited for. */
  add(bytes: Buffer, start: number, end: number): Promise<void> | undefined {
    if (this.#pieceLength + end - start > this.#piece.byteLength) {
      return this.#addLong(bytes.subarray(start, end));
    }
    this.#pieceLength += bytes.copy(this.#piece, this.#pieceLength, start, end);
    return undefined;
  }

  /** Ends the group, and with it all below `nextOffset`; resolves to its length in bytes. */
  async end(nextOffset: LogOffset): Promise<number> {
    const recordBytes = this.#recordBytes;
    writeGroupHeader(this.#piece, 0, {
      logId: this.#logId,
      position: this.#groupStart as BytePosition,
      syncedUpTo: 0 as BytePosition,
      recordBytes,
      nextOffset,
      highWatermark: this.#highWatermark(),
    });
    if (this.#groupWritten === 0) {
      await writeFully(this.#file, this.#piece.subarray(0, this.#pieceLength), this.#groupStart);
    } else {
      await this.#writePiece();
      await writeFully(this.#file, this.#piece.subarray(0, groupHeaderBytes), this.#groupStart);
    }
    const length = groupHeaderBytes + recordBytes;
    this.#groupStart += length;
    this.#groupWritten = 0;
    this.#pieceLength = groupHeaderBytes;
    return length;
  }

  get #recordBytes(): number {
    return this.#groupWritten + this.#pieceLength - groupHeaderBytes;
  }

  get #endPosition(): number {
    return this.#groupStart + groupHeaderBytes + this.#groupWritten;
  }

  async #addLong(frame: Buffer): Promise<void> {
    await this.#writePiece();
    if (frame.byteLength > groupBytes) {
      await writeFully(this.#file, frame, this.#endPosition);
      this.#groupWritten += frame.byteLength;
    } else {
      this.#pieceLength += frame.copy(this.#piece, this.#pieceLength);
    }
  }

  async #writePiece(): Promise<void> {
    const records = this.#piece.subarray(groupHeaderBytes, this.#pieceLength);
    await writeFully(this.#file, records, this.#endPosition);
    this.#groupWritten += records.byteLength;
    this.#pieceLength = groupHeaderBytes;
  }
}
