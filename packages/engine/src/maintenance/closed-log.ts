import { CorruptionError } from "../errors.ts";
import type { FileHandle, FileSystem } from "../filesystem/filesystem.ts";
import { verifyDatabase } from "../inspection/verifier.ts";
import { EpochTable } from "../log/epoch-table.ts";
import { frameChecksum } from "../log/frame.ts";
import {
  parseSegmentFileName,
  partitionSegments,
  segmentFileName,
  type SegmentName,
} from "../log/segment-name.ts";
import { readSegmentHeader, scanGroups, type ScannedGroup } from "../log/segment-scanner.ts";
import type { BytePosition, LogOffset } from "../scalars.ts";
import { readMissedRecords, type DatabaseManifest, type MissedRecords } from "../store/manifest.ts";

import type { LogSource, SegmentSource } from "./log-source.ts";
import type { Progress } from "./progress.ts";

/**
 * The log of a database that nothing has open, read from its files. That nothing of it is damaged or
 * missing is to be checked before (see verifyDatabase): here a log ends at the first bad byte of its
 * last segment, as it does when a store is opened after a crash.
 */
export class ClosedLog implements LogSource, AsyncDisposable {
  readonly manifest: DatabaseManifest;
  readonly epochs = new EpochTable();
  readonly missed: MissedRecords;
  readonly #segments: SegmentSource[] = [];
  readonly #files: FileHandle[] = [];

  private constructor(manifest: DatabaseManifest, missed: MissedRecords) {
    this.manifest = manifest;
    this.missed = missed;
  }

  /** Opens the log in the directory of a database; `onGroup` is told what is in it, in order. */
  static async open(
    fileSystem: FileSystem,
    directory: string,
    manifest: DatabaseManifest,
    onGroup: (group: ScannedGroup, name: SegmentName) => Promise<void> | void = () => {},
  ): Promise<ClosedLog> {
    const log = new ClosedLog(manifest, await readMissedRecords(fileSystem, directory));
    try {
      const files = await fileSystem.list(directory);
      const names = files.flatMap(({ name }) => parseSegmentFileName(name) ?? []);
      const { current } = partitionSegments(names);
      for (const name of current) {
        const path = `${directory}/${segmentFileName(name)}`;
        await log.#add(await fileSystem.open(path, "read"), path, name, onGroup);
      }
      return log;
    } catch (error) {
      await log[Symbol.asyncDispose]();
      throw error;
    }
  }

  get segments(): readonly SegmentSource[] {
    return this.#segments;
  }

  /** The offset after the last record, or after the gap behind it. */
  get endOffset(): LogOffset {
    return this.#segments.at(-1)?.endOffset ?? (0 as LogOffset);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const file of this.#files) await file.close();
  }

  async #add(
    file: FileHandle,
    path: string,
    name: SegmentName,
    onGroup: (group: ScannedGroup, name: SegmentName) => Promise<void> | void,
  ): Promise<void> {
    this.#files.push(file);
    if (name.baseOffset !== this.endOffset) {
      throw new CorruptionError(path, 0, `the log before it ends at offset ${this.endOffset}`);
    }
    const header = await readSegmentHeader(file);
    // A crash came between the creation of the last file and its first use.
    if (header === undefined) return;
    const groupsStart = header.endPosition;
    const { logId } = this.manifest;
    const groups = scanGroups(file, logId, groupsStart, name.baseOffset, await file.size());
    let [byteSize, endOffset]: [BytePosition, LogOffset] = [groupsStart, name.baseOffset];
    for await (const group of groups) {
      for (const { epoch, offset, bytes, start } of group.records) {
        this.epochs.note(epoch, offset, frameChecksum(bytes, start));
      }
      byteSize = group.endPosition;
      endOffset = group.header.nextOffset;
      await onGroup(group, name);
    }
    this.#segments.push({ name, path, file, groupsStart, byteSize, endOffset });
  }
}

/** Opens a log after having read all of it. Throws CorruptionError where it is damaged; AbortError. */
export async function openSoundLog(
  fileSystem: FileSystem,
  directory: string,
  manifest: DatabaseManifest,
  progress: Progress,
): Promise<ClosedLog> {
  progress.expect(await bytesOfSegments(fileSystem, directory));
  const { damage } = await verifyDatabase(fileSystem, directory, manifest, (bytes) => {
    progress.note(bytes);
  });
  const first = damage.find(({ isTornTail }) => !isTornTail);
  if (first !== undefined) throw new CorruptionError(first.path, first.position, first.reason);
  return ClosedLog.open(fileSystem, directory, manifest, () => {
    progress.throwIfAborted();
  });
}

/** The length of all segment files of a database, whose own directory this is. */
export async function bytesOfSegments(fileSystem: FileSystem, directory: string): Promise<number> {
  let bytes = 0;
  for (const { name } of await fileSystem.list(directory)) {
    if (parseSegmentFileName(name) === undefined) continue;
    const file = await fileSystem.open(`${directory}/${name}`, "read");
    try {
      bytes += await file.size();
    } finally {
      await file.close();
    }
  }
  return bytes;
}
