/**
 * Repairs a directory by a plan. The steps, each durable before the next:
 *
 *   1. the originals of all files that will change are put aside, beside the directory
 *   2. the segments are written anew, under names that the next open would remove
 *   3. the store gets another id, and is no replica any more: who has lost records is another replica
 *   4. END says where the log of each database will end: it cannot be opened before it does
 *   5. what is derived from the damaged log is removed
 *   6. the new segments get their names, the last one of which ends where END says
 *
 * A crash in between leaves a directory that is refused at open, as before, and can be planned again.
 */
import { basename, dirname } from "node:path";
import { isDeepStrictEqual } from "node:util";

import { systemClock, type Clock } from "../clock.ts";
import { CorruptionError, RepairPlanOutdatedError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { nodeFileSystem } from "../filesystem/node-filesystem.ts";
import { verifyDatabase } from "../inspection/verifier.ts";
import { acquireDirectoryLock } from "../lock/directory-lock.ts";
import { isTemporaryFileName, parseSegmentFileName } from "../log/segment-name.ts";
import { systemRandomness, type Randomness } from "../randomness.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";
import {
  databaseManifestName,
  replicaManifestName,
  replicasManifestName,
  storeManifestName,
  writeLogEnd,
  writeManifest,
  writeMissedRecords,
  type StoreManifest,
} from "../store/manifest.ts";

import { AsideDirectory } from "./aside-directory.ts";
import { Progress } from "./progress.ts";
import type { RepairPlan } from "./repair-plan.ts";
import {
  makePlan,
  type MadePlan,
  type RepairOptions,
  type SurveyedRepair,
} from "./repair-planner.ts";
import { RewrittenSegments } from "./rewritten-segments.ts";

/** What makes a store a replica, or one that has replicas. */
const replicaManifestNames = [replicaManifestName, replicasManifestName];

/** What was repaired. */
export interface RepairReport {
  readonly plan: RepairPlan;
  /** Where the originals of all files that were changed are; undefined where nothing was to be done. */
  readonly originals: string | undefined;
  /** The UUID that the store has now; undefined where nothing was to be done. */
  readonly storeId: string | undefined;
}

/**
 * Does what a plan says, in a directory that nothing has open; resolves when the directory was verified.
 * The originals of the files that change are kept beside it. The store gets an id of its own, and its logs
 * go on with a reign of their own, as replicas must not take it for what it was. Rejects with
 * RepairPlanOutdatedError where the plan is not what `planRepair` would say now, LockedError.
 */
export async function repair(
  directory: string,
  plan: RepairPlan,
  options: RepairOptions & {
    /** Default: that of the machine. */
    readonly clock?: Clock;
    /** Makes the id of the store. Default: that of the machine. */
    readonly random?: Randomness;
  } = {},
): Promise<RepairReport> {
  const { fileSystem = nodeFileSystem, locker = acquireDirectoryLock } = options;
  const { clock = systemClock, random = systemRandomness } = options;
  let compromised: Error | undefined;
  const lock = await locker(directory, (error) => {
    compromised = error;
  });
  try {
    const made = await makePlan(fileSystem, directory, new Progress("the repair"));
    if (!isDeepStrictEqual(made.plan, plan)) throw new RepairPlanOutdatedError(directory);
    if (!plan.isNeeded) return { plan, originals: undefined, storeId: undefined };
    const originals = await putAside(fileSystem, plan);
    const rewritten = await rewriteAll(fileSystem, made.databases, clock.now());
    if (compromised !== undefined) throw compromised;
    const storeId = await putIntoForce(fileSystem, directory, random.uuid(), made, rewritten);
    for (const { directory, manifest } of made.databases) {
      const [damage] = (await verifyDatabase(fileSystem, directory, manifest)).damage;
      if (damage !== undefined)
        throw new CorruptionError(damage.path, damage.position, damage.reason);
    }
    return { plan, originals, storeId };
  } finally {
    await lock.release();
  }
}

/** Keeps the originals; resolves to where. */
async function putAside(fileSystem: FileSystem, plan: RepairPlan): Promise<string> {
  const { directory } = plan;
  const aside = await AsideDirectory.make(fileSystem, dirname(directory), basename(directory));
  for (const name of [storeManifestName, ...replicaManifestNames]) {
    await aside.keep(`${directory}/${name}`, name);
  }
  for (const database of plan.databases) {
    const to = `databases/${basename(database.directory)}`;
    for (const { name } of await fileSystem.list(database.directory)) {
      const path = `${database.directory}/${name}`;
      const isSegment = parseSegmentFileName(name) !== undefined;
      const isChanged = isSegment
        ? database.files.some((file) => file.path === path)
        : !isTemporaryFileName(name);
      if (isChanged) await aside.keep(path, `${to}/${name}`);
    }
  }
  await aside.complete();
  return aside.path;
}

async function rewriteAll(
  fileSystem: FileSystem,
  databases: readonly SurveyedRepair[],
  timestamp: TimestampMs,
): Promise<readonly RewrittenSegments[]> {
  const rewritten: RewrittenSegments[] = [];
  for (const { directory, manifest, survey } of databases) {
    const segments = new RewrittenSegments(fileSystem, directory, manifest.logId);
    await segments.write(survey, timestamp);
    rewritten.push(segments);
  }
  return rewritten;
}

async function putIntoForce(
  fileSystem: FileSystem,
  directory: string,
  id: string,
  { databases }: MadePlan,
  rewritten: readonly RewrittenSegments[],
): Promise<string> {
  const store: StoreManifest = { kind: "store", id };
  await writeManifest(fileSystem, directory, storeManifestName, store);
  const names = (await fileSystem.list(directory)).map(({ name }) => name);
  for (const name of replicaManifestNames.filter((one) => names.includes(one))) {
    await fileSystem.remove(`${directory}/${name}`);
    await fileSystem.syncDirectory(directory);
  }
  for (const { directory, manifest, survey, missed } of databases) {
    const end = survey.endOffset === 0 ? survey.endOffset : ((survey.endOffset + 1) as LogOffset);
    await writeLogEnd(fileSystem, directory, end);
    await writeManifest(fileSystem, directory, databaseManifestName, manifest);
    // What is there is all that there is: whole at its end, if not before.
    const whole = Math.min(missed?.wholeFrom ?? end, survey.endOffset) as LogOffset;
    const purgeFloor = Math.min(missed?.purgeFloor ?? end, survey.endOffset) as LogOffset;
    if (whole > 0 || purgeFloor > 0) {
      await writeMissedRecords(fileSystem, directory, { wholeFrom: whole, purgeFloor });
    }
  }
  for (const segments of rewritten) await segments.putIntoForce();
  return store.id;
}
