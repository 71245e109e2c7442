/**
 * Reads the log of a database that may be damaged from end to end, and says what each of its segments
 * holds that can be kept. Both the plan of a repair and the repair go by it.
 */
import type { FileHandle, FileSystem } from "../filesystem/filesystem.ts";
import type { SegmentHeader } from "../log/segment-header.ts";
import {
  parseSegmentFileName,
  partitionSegments,
  segmentFileName,
  type SegmentName,
} from "../log/segment-name.ts";
import { greatestSyncedUpTo, readSegmentHeader } from "../log/segment-scanner.ts";
import type { Epoch, LogOffset } from "../scalars.ts";
import type { DatabaseManifest } from "../store/manifest.ts";

import type { DamagedRange, OffsetRange } from "./repair-plan.ts";
import { salvage, type SalvageRange, type Stretch } from "./salvage.ts";

/** One segment of a log as it is to be: what is on disk, or what is missing there. */
export interface SurveyedSegment {
  readonly name: SegmentName;
  readonly path: string;
  /** The header that it has, or is to have where that is damaged. */
  readonly header: SegmentHeader;
  /** What of its file can be read; undefined where there is none. */
  readonly range: SalvageRange | undefined;
  readonly damage: readonly DamagedRange[];
  readonly lost: readonly OffsetRange[];
  /** Behind what can be read: a write that a crash cut short, or space that was prepared. */
  readonly cutBytes: number;
  /** The log's end after it. */
  readonly endOffset: LogOffset;
}

export interface LogSurvey {
  readonly segments: readonly SurveyedSegment[];
  readonly endOffset: LogOffset;
  /** The newest reign of which a record can be read; 0 for none. */
  readonly lastEpoch: Epoch;
}

/** Told of a stretch of a segment. */
export type OnStretch = (stretch: Stretch, name: SegmentName) => void;

/** Where a database is, and what is known of it beside its segments. */
export interface SurveyedDatabase {
  readonly fileSystem: FileSystem;
  readonly directory: string;
  readonly manifest: DatabaseManifest;
  /** All below it is known to have been durable. */
  readonly durableEnd: LogOffset;
}

/** The names of the segments in force. */
export async function segmentsInForce(
  fileSystem: FileSystem,
  directory: string,
): Promise<readonly SegmentName[]> {
  const files = await fileSystem.list(directory);
  return partitionSegments(files.flatMap(({ name }) => parseSegmentFileName(name) ?? [])).current;
}

/** Surveys a log. `onStretch` is told, in order, of all that can be read and is not cut off. */
export async function surveyLog(
  database: SurveyedDatabase,
  onStretch: OnStretch,
): Promise<LogSurvey> {
  const { fileSystem, directory } = database;
  const names = await segmentsInForce(fileSystem, directory);
  const segments: SurveyedSegment[] = [];
  let [endOffset, committedEnd] = [0 as LogOffset, database.durableEnd];
  let lastEpoch = 0 as Epoch;
  const onEach: OnStretch = (stretch, name) => {
    for (const { epoch } of stretch.records) if (epoch > lastEpoch) lastEpoch = epoch;
    onStretch(stretch, name);
  };
  for (const [index, name] of names.entries()) {
    if (name.baseOffset > endOffset) {
      segments.push(missingSegment(database, endOffset, name.baseOffset));
      endOffset = name.baseOffset;
    }
    const next = names[index + 1];
    const survey = new SegmentSurvey(database, name, name.coveredEnd ?? next?.baseOffset);
    segments.push(await survey.run({ endOffset, committedEnd }, onEach));
    ({ endOffset, committedEnd } = survey);
  }
  const last = segments.at(-1);
  if (last === undefined || last.name.coveredEnd !== undefined) {
    const end = Math.max(endOffset, committedEnd) as LogOffset;
    segments.push(missingSegment(database, endOffset, end));
    endOffset = end;
  }
  return { segments, endOffset, lastEpoch };
}

function missingSegment(
  { directory, manifest }: SurveyedDatabase,
  baseOffset: LogOffset,
  endOffset: LogOffset,
): SurveyedSegment {
  const name = { baseOffset, coveredEnd: undefined };
  return {
    name,
    path: `${directory}/${segmentFileName(name)}`,
    header: headerOf(manifest, name),
    range: undefined,
    damage: [{ position: 0, bytes: 0, reason: "the file is missing" }],
    lost: endOffset > baseOffset ? [{ from: baseOffset, to: endOffset }] : [],
    cutBytes: 0,
    endOffset,
  };
}

/** The header of a segment by its name. Which tombstones compaction has dropped is unknown: all may be. */
const headerOf = ({ id, logId }: DatabaseManifest, name: SegmentName): SegmentHeader => ({
  databaseId: id,
  logId,
  ...name,
  purgeFloor: name.coveredEnd ?? (0 as LogOffset),
  revision: 0,
});

class SegmentSurvey {
  readonly #database: SurveyedDatabase;
  readonly #name: SegmentName;
  /** Where the log must end after it; undefined for the active one. */
  readonly #requiredEnd: LogOffset | undefined;
  readonly #damage: DamagedRange[] = [];
  readonly #lost: OffsetRange[] = [];
  // Where records are lost up to the next good one.
  #lostFrom: LogOffset | undefined;
  endOffset = 0 as LogOffset;
  committedEnd = 0 as LogOffset;

  constructor(database: SurveyedDatabase, name: SegmentName, requiredEnd: LogOffset | undefined) {
    this.#database = database;
    this.#name = name;
    this.#requiredEnd = requiredEnd;
  }

  async run(
    start: { readonly endOffset: LogOffset; readonly committedEnd: LogOffset },
    onStretch: OnStretch,
  ): Promise<SurveyedSegment> {
    ({ endOffset: this.endOffset, committedEnd: this.committedEnd } = start);
    const { fileSystem, directory, manifest } = this.#database;
    const path = `${directory}/${segmentFileName(this.#name)}`;
    const file = await fileSystem.open(path, "read");
    try {
      const size = await file.size();
      const found = await this.#readHeader(file);
      const firstOffset = this.endOffset;
      const range = { from: found?.endPosition, size, firstOffset };
      const end = await this.#readStretches(file, range, onStretch);
      const isSealed = this.#requiredEnd !== undefined;
      if (found === undefined && isSealed && this.#damage.length === 0) {
        this.#note({ position: 0, bytes: size, reason: "no valid header" });
      }
      this.#closeEnd(end, size);
      const header = found?.header ?? headerOf(manifest, this.#name);
      const { endOffset } = this;
      const [damage, lost, cutBytes] = [this.#damage, this.#lost, size - end];
      return {
        name: this.#name,
        path,
        header,
        range: { ...range, size: end },
        damage,
        lost,
        cutBytes,
        endOffset,
      };
    } finally {
      await file.close();
    }
  }

  /** The file's header, if it says what the name and the database say. */
  async #readHeader(file: FileHandle): ReturnType<typeof readSegmentHeader> {
    const { id, logId } = this.#database.manifest;
    const found = await readSegmentHeader(file);
    const isRight =
      found?.header.databaseId === id &&
      found.header.logId === logId &&
      found.header.baseOffset === this.#name.baseOffset &&
      found.header.coveredEnd === this.#name.coveredEnd;
    return isRight ? found : undefined;
  }

  /** Resolves to where the file is cut off: at its end, or where a write was cut short by a crash. */
  async #readStretches(
    file: FileHandle,
    range: SalvageRange,
    onStretch: OnStretch,
  ): Promise<number> {
    const { logId } = this.#database.manifest;
    const isActive = this.#requiredEnd === undefined;
    let synced: number | undefined;
    for await (const stretch of salvage(file, logId, range)) {
      const { position, endPosition, damage, header, records, gaps, nextOffset } = stretch;
      if (damage !== undefined) {
        synced ??= await greatestSyncedUpTo(file, logId, 0, range.size);
        // As recovery.ts decides.
        const isTorn = synced <= position && this.endOffset >= this.committedEnd;
        const isTail = this.#damage.length === 0 || endPosition === range.size;
        if (isActive && isTorn && isTail) return position;
        this.#note({ position, bytes: endPosition - position, reason: damage });
      }
      const known = gaps[0]?.from ?? (header === undefined ? undefined : nextOffset);
      const first = records[0]?.offset ?? known;
      if (first !== undefined) this.#closeLost(Math.min(first, known ?? first) as LogOffset);
      for (const { from, to } of gaps) {
        if (to === undefined) this.#lostFrom ??= from;
        else this.#lost.push({ from, to });
      }
      this.endOffset = nextOffset;
      if (header !== undefined && header.highWatermark > this.committedEnd) {
        this.committedEnd = header.highWatermark;
      }
      onStretch(stretch, this.#name);
    }
    return range.size;
  }

  #note(damage: DamagedRange): void {
    this.#damage.push(damage);
  }

  #closeLost(to: LogOffset): void {
    const from = this.#lostFrom;
    this.#lostFrom = undefined;
    if (from !== undefined && from < to) this.#lost.push({ from, to });
  }

  /** Accounts for what lies between the last record and where the log must go on. */
  #closeEnd(end: number, size: number): void {
    const required = this.#requiredEnd ?? this.committedEnd;
    const isLost = this.endOffset < required;
    if (isLost && this.#damage.length === 0) {
      const reason = `offsets below ${required} are missing, which were durable`;
      this.#note({ position: end, bytes: size - end, reason });
    }
    if (isLost) this.#lostFrom ??= this.endOffset;
    this.#closeLost(required);
    this.#lostFrom = undefined;
    this.endOffset = Math.max(this.endOffset, required) as LogOffset;
  }
}
