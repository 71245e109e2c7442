/** Turns a checkpoint, and the segment files that are found beside it, into the state it stands for. */
import type { CheckpointedStart } from "../database/recovered-state.ts";
import type { FileHandle } from "../filesystem/filesystem.ts";
import { Keyspace } from "../index/keyspace.ts";
import { PageStore } from "../index/page-store.ts";
import { EpochTable } from "../log/epoch-table.ts";
import {
  describeSegment,
  type LogFiles,
  type SegmentFile,
  type SegmentToRead,
} from "../log/log-recovery.ts";
import type { LogIdentity } from "../log/log.ts";
import type { Segment } from "../log/segment.ts";

import type { CheckpointCatalog, StoredSegment } from "./checkpoint-catalog.ts";
import { CheckpointDoubt } from "./checkpoint-doubt.ts";
import { CheckpointReader } from "./checkpoint-reader.ts";
import { goneSegment } from "./gone-segment.ts";
import { decideIntake, type SegmentIntake } from "./segment-intake.ts";
import { tailChecksum } from "./tail-end.ts";

/** A checkpoint that was loaded: what is left is to read the log behind it. */
export interface LoadedCheckpoint {
  readonly start: CheckpointedStart;
  readonly epochs: EpochTable;
  readonly toRead: readonly SegmentToRead[];
  /** The length of its file. */
  readonly fileBytes: number;
  /** Whether all that it refers to stands where it stood. */
  readonly isUnmoved: boolean;
}

/** Loads a checkpoint. Throws CheckpointDoubt where it is not whole, or is not of these segments. */
export async function loadCheckpoint(
  identity: LogIdentity,
  fileName: string,
  files: LogFiles,
): Promise<LoadedCheckpoint> {
  const path = `${identity.directory}/${fileName}`;
  const file = await identity.fileSystem.open(path, "read");
  try {
    return await loadFrom(identity, file, files);
  } catch (error) {
    // What the parts of a checkpoint say may be impossible: an offset beyond all bounds, a page too many.
    if (!(error instanceof RangeError)) throw error;
    throw new CheckpointDoubt(error.message, { cause: error });
  } finally {
    await file.close();
  }
}

async function loadFrom(
  identity: LogIdentity,
  file: FileHandle,
  files: LogFiles,
): Promise<LoadedCheckpoint> {
  const fileBytes = await file.size();
  const reader = new CheckpointReader(file, fileBytes);
  const catalog = await reader.readCatalog();
  const { head, segments: stored } = catalog;
  if (head.databaseId !== identity.databaseId || head.logId !== identity.logId) {
    throw new CheckpointDoubt("it is of another log");
  }
  const intakes = decideIntake(
    stored,
    head.tail,
    files.segments.map(({ name, found, fileBytes: size }) => ({
      name,
      revision: found?.header.revision,
      fileBytes: size,
    })),
  );
  await expectTail(catalog, intakes, files);
  const segments = new SegmentSet(stored);
  const toRead = files.segments.map((source, index) => segments.take(source, intakes[index]));
  for (const { segment, records } of catalog.unusualRecords) {
    for (const [position, record] of records) {
      segments.byPlace[segment]?.unusualRecords.set(position, record);
    }
  }
  const pages = PageStore.restore(head.pageCount, catalog.freePages, await reader.readSlabs());
  const epochs = new EpochTable();
  for (const start of catalog.epochs) epochs.note(start.epoch, start.startOffset, start.checksum);
  return {
    start: {
      keyspace: new Keyspace({
        collections: catalog.collections,
        pages,
        segments: segments.byNumber(),
      }),
      offset: head.offset,
      highWatermark: head.highWatermark,
      moves: segments.moves,
    },
    epochs,
    toRead,
    fileBytes,
    isUnmoved: segments.moves.size === 0,
  };
}

/** Throws CheckpointDoubt unless the bytes before the end of what it covers are those that it knows. */
async function expectTail(
  { head, segments }: CheckpointCatalog,
  intakes: readonly SegmentIntake[],
  files: LogFiles,
): Promise<void> {
  const index = intakes.findIndex(({ action }) => action === "continue");
  const source = files.segments[index];
  const tail = segments[head.tail];
  // Where compaction has replaced it, it has checked what it put there.
  if (source === undefined || tail === undefined) return;
  if ((await tailChecksum(source.file, tail.byteSize)) !== head.tailChecksum) {
    throw new CheckpointDoubt(`${source.path} has other records before offset ${head.offset}`);
  }
}

/** The segments that a checkpoint refers to, as they become known again. */
class SegmentSet {
  readonly #stored: readonly StoredSegment[];
  /** By their places in the checkpoint. */
  readonly byPlace: (Segment | undefined)[];
  readonly moves = new Map<Segment, ReadonlySet<Segment>>();

  constructor(stored: readonly StoredSegment[]) {
    this.#stored = stored;
    this.byPlace = stored.map(() => undefined);
  }

  /** Takes a segment in that was found. */
  take(source: SegmentFile, intake: SegmentIntake | undefined): SegmentToRead {
    const segment = describeSegment(source);
    if (intake === undefined || intake.action === "read") {
      return { segment, source, isKnown: false };
    }
    if (segment === undefined) throw new CheckpointDoubt(`${source.path} has no valid header`);
    const known = intake.known === undefined ? undefined : this.#stored[intake.known];
    if (intake.known !== undefined) this.byPlace[intake.known] = segment;
    if (intake.action === "move") {
      segment.keys = known?.counts.keys ?? 0;
      this.#move(segment, intake.gone);
    } else if (known !== undefined) {
      Object.assign(segment, known.counts);
      segment.expiries.restore(known.expiries);
      segment.noteExpiries.restore(known.noteExpiries);
      segment.restore(known);
    }
    return { segment, source, isKnown: intake.action === "know" };
  }

  /** By the numbers that pages have for them. Throws CheckpointDoubt where one is in use twice. */
  byNumber(): readonly (Segment | undefined)[] {
    const segments: (Segment | undefined)[] = [];
    for (const [place, { number }] of this.#stored.entries()) {
      if (number === undefined) continue;
      if (number >= numbersAtMost || segments[number] !== undefined) {
        throw new CheckpointDoubt("its segments' numbers cannot be");
      }
      segments[number] = this.byPlace[place];
    }
    return Array.from(segments);
  }

  #move(segment: Segment, gone: readonly number[]): void {
    // The segment itself too: a checkpoint that was written meanwhile may refer to it already.
    const moved = new Set([segment]);
    for (const place of gone) {
      const stored = this.#stored[place];
      if (stored === undefined) continue;
      const placeholder = goneSegment(stored);
      this.byPlace[place] = placeholder;
      moved.add(placeholder);
    }
    this.moves.set(segment, moved);
  }
}

const numbersAtMost = 0x1_0000;
