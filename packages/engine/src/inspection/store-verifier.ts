/**
 * Verifies the databases of an open store: reads the log below the high watermark, compares the index
 * and the counts of the segments with it. Goes by a view, so that writes and compaction go on.
 */
import type { OpenDatabase } from "../database/open-database.ts";
import { AbortError, CorruptionError } from "../errors.ts";
import { FrameKind } from "../log/frame-kind.ts";
import type { Log } from "../log/log.ts";
import { batchEndOf } from "../log/record.ts";
import {
  readSegmentHeader,
  scanGroups,
  type ScannedGroup,
  type ScannedRecord,
} from "../log/segment-scanner.ts";
import type { Segment } from "../log/segment.ts";
import { Pace } from "../pace.ts";
import { decodeValue } from "../value/value-decoder.ts";

import { IndexCheck, type IndexReport } from "./index-check.ts";
import type { Damage, DatabaseReport } from "./verifier.ts";

/** What `Store.verify` found in one database, below the high watermark. Sizes in bytes. */
export interface OpenDatabaseReport extends DatabaseReport {
  /** Where the log is damaged, its index cannot be judged: then no problems are told. */
  readonly index: IndexReport;
  /** Segments of which the store has counted other bytes than are there. */
  readonly wrongCounts: readonly WrongCount[];
}

/** Bytes of all committed records of a segment, and of those that must stay. */
export interface WrongCount {
  readonly path: string;
  readonly counted: SegmentBytes;
  readonly found: SegmentBytes;
}

export interface SegmentBytes {
  readonly recordBytes: number;
  readonly liveBytes: number;
}

export interface StoreVerifyReport {
  /** Nothing is damaged, the index and the counts are right. */
  readonly ok: boolean;
  readonly databases: readonly OpenDatabaseReport[];
}

/** How a store is verified. All fields may be left out. */
export interface StoreVerifyOptions {
  /** Only this database. Default: all. */
  readonly database?: string;
  /** Called after each group, with the bytes that have been read so far. Default: nobody is told. */
  readonly onProgress?: (readBytes: number) => void;
  /** Ends the work early: it rejects with AbortError. Default: it goes on to its end. */
  readonly signal?: AbortSignal;
}

/** See `Store.verify`. */
export async function verifyOpenDatabases(
  names: readonly string[],
  find: (name: string) => OpenDatabase | undefined,
  { onProgress = () => {}, signal }: Pick<StoreVerifyOptions, "onProgress" | "signal">,
): Promise<StoreVerifyReport> {
  const reports: OpenDatabaseReport[] = [];
  let readBytes = 0;
  for (const name of names) {
    const database = find(name);
    if (database === undefined) continue; // It was dropped meanwhile.
    const verification = new DatabaseVerification(database, (bytes) => {
      if (signal?.aborted === true) throw new AbortError("the verification", signal.reason);
      readBytes += bytes;
      onProgress(readBytes);
    });
    reports.push(await verification.run());
  }
  const isSound = ({ damage, index, wrongCounts }: OpenDatabaseReport): boolean =>
    damage.length + index.problemCount + wrongCounts.length === 0 && index.keys === index.confirmed;
  return { ok: reports.every(isSound), databases: reports };
}

/** A segment as it was when the view was taken. */
interface ViewedSegment {
  readonly segment: Segment;
  readonly byteSize: number;
  readonly counted: SegmentBytes;
}

class DatabaseVerification {
  readonly #name: string;
  readonly #log: Log;
  readonly #view: ReturnType<OpenDatabase["view"]>;
  readonly #segments: readonly ViewedSegment[];
  /** Whether compaction is about to replace segments: then it counts in two places. */
  readonly #isReplacing: boolean;
  readonly #onGroup: (bytes: number) => void;
  readonly #pace = new Pace();
  readonly #damage: Damage[] = [];
  readonly #wrongCounts: WrongCount[] = [];
  #groups = 0;
  #records = 0;
  #bytes = 0;
  #endOffset = 0;

  constructor(database: OpenDatabase, onGroup: (bytes: number) => void) {
    const { log } = database;
    this.#name = database.name;
    this.#log = log;
    this.#view = database.view();
    this.#segments = log.segments
      .filter(({ baseOffset }) => baseOffset <= this.#view.offset)
      .map((segment) => ({
        segment,
        byteSize: segment.byteSize,
        counted: { recordBytes: segment.recordBytes, liveBytes: segment.liveBytes },
      }));
    this.#isReplacing = log.readableSegments.length > log.segments.length;
    this.#onGroup = onGroup;
  }

  async run(): Promise<OpenDatabaseReport> {
    try {
      const segments = this.#segments.map(({ segment }) => segment);
      const check = new IndexCheck(this.#view, segments, this.#isReplacing);
      for (const viewed of this.#segments) await this.#verifySegment(viewed, check);
      const isDamaged = this.#damage.length > 0;
      if (!isDamaged) while (check.endReading()) await this.#readAgain(check);
      const index = check.report();
      return {
        name: this.#name,
        files: this.#segments.length,
        groups: this.#groups,
        records: this.#records,
        bytes: this.#bytes,
        endOffset: this.#endOffset,
        damage: this.#damage,
        index: isDamaged ? { ...index, problemCount: 0, problems: [] } : index,
        wrongCounts: this.#wrongCounts,
      };
    } finally {
      this.#view.done();
    }
  }

  async #verifySegment(viewed: ViewedSegment, check: IndexCheck): Promise<void> {
    const { segment, byteSize, counted } = viewed;
    const damaged = (position: number, reason: string): void => {
      const place = { database: this.#name, path: segment.path, position };
      const bytes = byteSize - position;
      this.#damage.push({ type: "damage", ...place, bytes, reason, isTornTail: false });
      this.#log.noteDamage(new CorruptionError(segment.path, position, reason));
    };
    const header = await readSegmentHeader(segment.file);
    if (header?.header.logId !== this.#log.identity.logId) return damaged(0, "no valid header");
    this.#bytes += header.endPosition;
    let [recordBytes, liveBytes] = [0, 0];
    const end = await this.#readGroups(viewed, async ({ header, endPosition, records }) => {
      const bytes = endPosition - header.position;
      this.#groups++;
      this.#bytes += bytes;
      this.#endOffset = Math.min(header.nextOffset, this.#view.offset);
      for (const record of records) {
        if (!hasValue(record)) damaged(record.position, "a value is not msgpack");
        const length = record.end - record.start;
        const isCurrent = check.take(record, segment);
        const turn = this.#pace.spend(length);
        if (turn !== undefined) await turn;
        this.#records++;
        recordBytes += length;
        if (isCurrent) liveBytes += length;
      }
      this.#onGroup(bytes);
    });
    if (end !== undefined) return damaged(end.position, end.reason);
    const found = { recordBytes, liveBytes };
    const isRight = counted.recordBytes === recordBytes && counted.liveBytes === liveBytes;
    if (!this.#isReplacing && !isRight)
      this.#wrongCounts.push({ path: segment.path, counted, found });
  }

  /** Reads for what was too much to be looked for at once. */
  async #readAgain(check: IndexCheck): Promise<void> {
    for (const viewed of this.#segments) {
      await this.#readGroups(viewed, async ({ records }) => {
        for (const record of records) {
          check.take(record, viewed.segment);
          const turn = this.#pace.spend(record.end - record.start);
          if (turn !== undefined) await turn;
        }
      });
    }
  }

  /** Reads the committed groups of a segment; resolves to where it is damaged, if it is. */
  async #readGroups(
    { segment, byteSize }: ViewedSegment,
    onGroup: (group: ScannedGroup) => Promise<void>,
  ): Promise<{ readonly position: number; readonly reason: string } | undefined> {
    const { file, groupsStart, baseOffset } = segment;
    const { logId } = this.#log.identity;
    const end = this.#view.offset;
    const groups = scanGroups(file, logId, groupsStart, baseOffset, byteSize);
    let step = await groups.next();
    for (; step.done !== true; step = await groups.next()) {
      const { header, records } = step.value;
      await onGroup({ ...step.value, records: records.filter((r) => batchEndOf(r) < end) });
      if (header.nextOffset > end) return undefined;
    }
    const { position, damage } = step.value;
    return damage === undefined ? undefined : { position, reason: damage };
  }
}

/** Whether the value of a PUT can be decoded. */
function hasValue({ kind, bytes, valueStart, valueEnd }: ScannedRecord): boolean {
  if (kind !== FrameKind.put) return true;
  try {
    decodeValue(bytes, valueStart, valueEnd);
    return true;
  } catch {
    return false; // What is wrong with it is of no interest: its checksum fits, so it was written so.
  }
}
