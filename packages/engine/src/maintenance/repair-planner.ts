import { CorruptionError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { nodeFileSystem } from "../filesystem/node-filesystem.ts";
import { acquireDirectoryLock } from "../lock/directory-lock.ts";
import type { DirectoryLocker } from "../lock/directory-locker.ts";
import { textOf } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import type { RecordEnvelope, RecordKind } from "../log/record.ts";
import { segmentFileName } from "../log/segment-name.ts";
import { readSegmentHeader } from "../log/segment-scanner.ts";
import type { LogOffset } from "../scalars.ts";
import {
  databaseNameOf,
  databasesDirectory,
  directoriesInForce,
} from "../store/directory-layout.ts";
import {
  databaseManifestName,
  endManifestName,
  readDatabaseManifest,
  readLogEnd,
  readMissedRecords,
  readReplicaManifest,
  readStoreManifest,
  refuseNoStore,
  replicaManifestName,
  storeManifestName,
  wholeManifestName,
  type DatabaseManifest,
  type MissedRecords,
} from "../store/manifest.ts";

import { AffectedKeys } from "./affected-keys.ts";
import { partByWholeness } from "./batch-wholeness.ts";
import { bytesOfSegments } from "./closed-log.ts";
import {
  segmentsInForce,
  surveyLog,
  type LogSurvey,
  type SurveyedDatabase,
  type SurveyedSegment,
} from "./log-survey.ts";
import { Progress, type WorkOptions } from "./progress.ts";
import type { DatabaseRepair, DroppedRecord, FileRepair, RepairPlan } from "./repair-plan.ts";
import type { Stretch } from "./salvage.ts";

/** What planning and repairing need. All fields may be left out. */
export interface RepairOptions {
  /** Default: that of the machine. */
  readonly fileSystem?: FileSystem;
  /** Keeps other processes out of the directory. Default: as `open` does. */
  readonly locker?: DirectoryLocker;
}

/** A plan, and what the repair itself goes by. */
export interface MadePlan {
  readonly plan: RepairPlan;
  readonly databases: readonly SurveyedRepair[];
}

/** A database that is to be repaired, with what was found in its log. */
export interface SurveyedRepair extends SurveyedDatabase {
  /** See Wholeness; undefined where the file that says so is damaged. */
  readonly missed: MissedRecords | undefined;
  readonly repair: DatabaseRepair;
  readonly survey: LogSurvey;
}

/**
 * Says exactly what is damaged in a directory that nothing has open, and what repairing it would lose.
 * Changes nothing. Rejects with LockedError; with FormatError where it holds another format;
 * with CorruptionError where a database has lost both its manifest and the headers of all its segments.
 */
export async function planRepair(
  directory: string,
  options: RepairOptions & WorkOptions = {},
): Promise<RepairPlan> {
  const { fileSystem = nodeFileSystem, locker = acquireDirectoryLock } = options;
  await refuseNoStore(fileSystem, directory);
  const lock = await locker(directory, () => {}); // Nothing is written.
  try {
    const progress = new Progress("planning the repair", options);
    return (await makePlan(fileSystem, directory, progress)).plan;
  } finally {
    await lock.release();
  }
}

/** As `planRepair`, of a directory whose lock is held. */
export async function makePlan(
  fileSystem: FileSystem,
  directory: string,
  progress: Progress,
): Promise<MadePlan> {
  const manifests: string[] = [];
  const check = async <Read>(
    path: string,
    read: () => Promise<Read>,
  ): Promise<Read | undefined> => {
    try {
      return await read();
    } catch (error) {
      if (!isDamage(error)) throw error;
      manifests.push(path);
      return undefined;
    }
  };
  const names = (await fileSystem.list(directory)).map(({ name }) => name);
  await check(`${directory}/${storeManifestName}`, () => readStoreManifest(fileSystem, directory));
  if (names.includes(replicaManifestName)) {
    const path = `${directory}/${replicaManifestName}`;
    await check(path, () => readReplicaManifest(fileSystem, directory));
  }
  const databases: SurveyedRepair[] = [];
  const parent = databasesDirectory(directory);
  const directories = (await fileSystem.list(parent)).map(({ name }) => name);
  for (const name of directoriesInForce(directories)) {
    const path = `${parent}/${name}`;
    const before = manifests.length;
    const manifest =
      (await check(`${path}/${databaseManifestName}`, () =>
        readDatabaseManifest(fileSystem, path),
      )) ?? (await manifestFromHeaders(fileSystem, path, name));
    const durableEnd =
      (await check(`${path}/${endManifestName}`, () => readLogEnd(fileSystem, path))) ??
      (0 as LogOffset);
    const missed = await check(`${path}/${wholeManifestName}`, () =>
      readMissedRecords(fileSystem, path),
    );
    const database = { fileSystem, directory: path, manifest, durableEnd };
    const surveyed = { ...(await planDatabase(database, progress)), missed };
    const isDamaged = surveyed.survey.segments.some(({ damage }) => damage.length > 0);
    if (isDamaged || manifests.length > before) databases.push(surveyed);
  }
  const isNeeded = manifests.length + databases.length > 0;
  const repairs = databases.map(({ repair }) => repair);
  return { plan: { directory, isNeeded, manifests, databases: repairs }, databases };
}

/** Whether a manifest is not as written, or gone. */
const isDamage = (error: unknown): boolean =>
  error instanceof CorruptionError ||
  (error instanceof Error && "code" in error && error.code === "ENOENT");

/** What `DATABASE` must have said, by the headers of the segments beside it. */
async function manifestFromHeaders(
  fileSystem: FileSystem,
  directory: string,
  directoryName: string,
): Promise<DatabaseManifest> {
  for (const name of await segmentsInForce(fileSystem, directory)) {
    const file = await fileSystem.open(`${directory}/${segmentFileName(name)}`, "read");
    try {
      const found = await readSegmentHeader(file);
      if (found === undefined) continue;
      const { databaseId: id, logId } = found.header;
      return { kind: "database", name: databaseNameOf(directoryName), id, logId };
    } finally {
      await file.close();
    }
  }
  const what = "it is lost, and no segment has a valid header that tells what it said";
  throw new CorruptionError(`${directory}/${databaseManifestName}`, 0, what);
}

async function planDatabase(
  database: SurveyedDatabase,
  progress: Progress,
): Promise<Omit<SurveyedRepair, "missed">> {
  progress.expect(await bytesOfSegments(database.fileSystem, database.directory));
  const dropped: DroppedRecord[] = [];
  const affected = new AffectedKeys();
  const counts = new Map<string, { records: number; salvaged: number }>();
  const survey = await surveyLog(database, (stretch, name) => {
    progress.note(stretch.endPosition - stretch.position);
    const parted = partByWholeness(stretch);
    const file = segmentFileName(name);
    const count = counts.get(file) ?? { records: 0, salvaged: 0 };
    counts.set(file, count);
    count.records += parted.kept.length;
    if (stretch.damage === undefined) return;
    count.salvaged += parted.kept.length;
    for (const record of parted.dropped) {
      dropped.push(described(record));
      affected.lose(record, true);
    }
    for (const hint of plausibleHints(stretch)) affected.lose(hint, false);
  });
  if (affected.areAny) {
    await surveyLog(database, (stretch) => {
      for (const record of partByWholeness(stretch).kept) affected.keep(record);
    });
  }
  const last = survey.segments.at(-1);
  const files = survey.segments
    .filter((segment) => segment === last || segment.damage.length > 0)
    .map((segment) => fileRepair(segment, counts.get(segmentFileName(segment.name))));
  const repair = {
    name: database.manifest.name,
    directory: database.directory,
    files,
    lost: survey.segments.flatMap(({ lost }) => lost),
    dropped,
    affectedKeys: affected.list(),
    endOffset: survey.endOffset,
  };
  return { ...database, repair, survey };
}

const fileRepair = (
  { path, range, damage, cutBytes }: SurveyedSegment,
  counts: { readonly records: number; readonly salvaged: number } = { records: 0, salvaged: 0 },
): FileRepair => ({
  path,
  action: range === undefined ? "create" : "rewrite",
  damage,
  ...counts,
  cutBytes,
});

const kindNames: Readonly<Record<RecordKind, DroppedRecord["kind"]>> = {
  [FrameKind.put]: "put",
  [FrameKind.delete]: "delete",
  [FrameKind.epoch]: "epoch",
};

const described = ({ offset, kind, collection, key }: RecordEnvelope): DroppedRecord => ({
  offset,
  kind: kindNames[kind],
  collection: textOf(collection),
  key: textOf(key),
});

/** What lost records look like, as far as their offsets are those that are lost. */
const plausibleHints = ({ hints, gaps }: Stretch): readonly RecordEnvelope[] =>
  hints.filter(({ offset }) =>
    gaps.some(({ from, to }) => offset >= from && (to === undefined || offset < to)),
  );
