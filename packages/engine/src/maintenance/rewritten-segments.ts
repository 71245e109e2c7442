import { CorruptionError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { encodeSegmentHeader } from "../log/segment-header.ts";
import {
  isTemporaryFileName,
  parseSegmentFileName,
  temporaryFileName,
} from "../log/segment-name.ts";
import type { BytePosition, Epoch, LogOffset, TimestampMs } from "../scalars.ts";
import { databaseManifestName, endManifestName, wholeManifestName } from "../store/manifest.ts";

import { partByWholeness } from "./batch-wholeness.ts";
import { digestOf, isSameDigest, type FileDigest } from "./file-digest.ts";
import type { LogSurvey, SurveyedSegment } from "./log-survey.ts";
import { Progress } from "./progress.ts";
import { salvage } from "./salvage.ts";
import { SegmentFileWriter, type ReignStart } from "./segment-file-writer.ts";

/** The segments of a log that a repair writes anew: first under names that the next open removes. */
export class RewrittenSegments {
  readonly #fileSystem: FileSystem;
  readonly #directory: string;
  readonly #logId: number;
  readonly #renames: { readonly from: string; readonly to: string }[] = [];

  constructor(fileSystem: FileSystem, directory: string, logId: number) {
    this.#fileSystem = fileSystem;
    this.#directory = directory;
    this.#logId = logId;
  }

  /** Writes what is kept of all damaged segments, and of the last one, where a new reign begins. */
  async write(survey: LogSurvey, timestamp: TimestampMs): Promise<void> {
    const { segments, endOffset, lastEpoch } = survey;
    const files = await this.#fileSystem.list(this.#directory);
    for (const { name } of files.filter((file) => isTemporaryFileName(file.name))) {
      await this.#fileSystem.remove(`${this.#directory}/${name}`); // It was interrupted.
    }
    const last = segments.at(-1);
    for (const segment of segments) {
      if (segment !== last && segment.damage.length === 0) continue;
      const epoch = (lastEpoch + 1) as Epoch;
      const isReign = segment === last && endOffset > 0;
      const reign = isReign ? { epoch, offset: endOffset, timestamp } : undefined;
      await this.#rewrite(segment, endOffset, reign);
    }
    await this.#fileSystem.syncDirectory(this.#directory);
  }

  /** Gives the files their names. */
  async putIntoForce(): Promise<void> {
    const fileSystem = this.#fileSystem;
    for (const { name } of await fileSystem.list(this.#directory)) {
      if (isDerived(name)) await fileSystem.remove(`${this.#directory}/${name}`);
    }
    // What tells of the damaged log must not be there with the repaired one.
    await fileSystem.syncDirectory(this.#directory);
    for (const { from, to } of this.#renames) await fileSystem.rename(from, to);
    await fileSystem.syncDirectory(this.#directory);
  }

  async #rewrite(
    segment: SurveyedSegment,
    logEnd: LogOffset,
    reign: ReignStart | undefined,
  ): Promise<void> {
    const { name, path, header, endOffset } = segment;
    const temporary = `${this.#directory}/${temporaryFileName(name.baseOffset, endOffset)}`;
    const frame = encodeSegmentHeader({ ...header, revision: header.revision + 1 });
    const writer = await SegmentFileWriter.create(this.#fileSystem, temporary, frame, this.#logId);
    let written: FileDigest;
    try {
      const reached = await this.#writeKept(segment, writer);
      // Compaction may have gone by records that are lost now: no state before the repair is exact.
      const isCompacted = name.coveredEnd !== undefined;
      if (reached < endOffset || isCompacted) {
        const highWatermark = isCompacted ? logEnd : nothing;
        await writer.addGroup({ syncedUpTo: start, nextOffset: endOffset, highWatermark }, []);
      }
      if (reign !== undefined) await writer.beginReign(reign);
      written = await writer.finish();
    } catch (error) {
      await writer.close();
      throw error;
    }
    if (
      !isSameDigest(
        written,
        await digestOf(this.#fileSystem, temporary, new Progress("the repair")),
      )
    ) {
      throw new CorruptionError(temporary, 0, "read back, it is not what was written");
    }
    this.#renames.push({ from: temporary, to: path });
  }

  /** Writes the groups of a segment as far as they can be kept; resolves to where the log ends then. */
  async #writeKept(
    { path, range, name }: SurveyedSegment,
    writer: SegmentFileWriter,
  ): Promise<LogOffset> {
    let reached = name.baseOffset;
    if (range === undefined) return reached;
    const file = await this.#fileSystem.open(path, "read");
    try {
      for await (const stretch of salvage(file, this.#logId, range)) {
        const records = partByWholeness(stretch).kept;
        const { nextOffset, header } = stretch;
        if (records.length === 0 && nextOffset === reached) continue; // A seal, or all is lost.
        const highWatermark = header?.highWatermark ?? nothing;
        const frames = records.map(({ bytes, start, end }) => bytes.subarray(start, end));
        await writer.addGroup({ syncedUpTo: start, nextOffset, highWatermark }, frames);
        reached = nextOffset;
      }
    } finally {
      await file.close();
    }
    return reached;
  }
}

// As in compacted segments: nothing is vouched for before the whole file is in force.
const start = 0 as BytePosition;
const nothing = 0 as LogOffset;

/** Whether a file follows from the log, as a checkpoint does, and is made again where it is missing. */
const isDerived = (fileName: string): boolean =>
  parseSegmentFileName(fileName) === undefined &&
  !isTemporaryFileName(fileName) &&
  fileName !== databaseManifestName &&
  fileName !== endManifestName &&
  fileName !== wholeManifestName;
