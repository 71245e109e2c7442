import { deepStrictEqual } from "node:assert/strict";

import {
  FaultyFileSystem,
  FormatError,
  open,
  processLocalLocker,
  type FileSystem,
  type MemoryFileSystem,
  type Store,
} from "@boxerdb/engine";

import { randomSurvival, type SurvivalRule } from "../src/filesystem/survival.ts";

import { ManualClock } from "./manual-clock.ts";
import { contentsOf, type StoreContents } from "./store-contents.ts";

export const openAt = (fileSystem: FileSystem, directory: string): Promise<Store> =>
  open(directory, {
    fileSystem,
    locker: processLocalLocker(),
    clock: new ManualClock(),
    compaction: "manual",
  });

/** What a store holds, its end aside: a copy's log goes on with a reign of its own. */
export const keysOf = (contents: StoreContents): unknown =>
  Object.entries(contents).map(([name, { collections }]) => [name, collections]);

/** What the store in a directory holds. */
export async function contentsAt(
  fileSystem: FileSystem,
  directory: string,
): Promise<StoreContents> {
  await using store = await openAt(fileSystem, directory);
  return await contentsOf(store);
}

/** The files of a directory and below it, by their paths, in hexadecimal. */
export const filesBelow = (disk: MemoryFileSystem, directory: string): Map<string, string> =>
  new Map(
    disk
      .fileNames()
      .filter((path) => path.startsWith(`${directory}/`))
      .map((path) => [path, Buffer.from(disk.readBytes(path)).toString("hex")]),
  );

/** In which ways a power cut can go. */
export const cuts: readonly SurvivalRule[] = [
  () => false,
  () => true,
  () => "size",
  // Later changes of names without earlier ones.
  (change) => change.kind === "name" && change.action === "rename",
  randomSurvival(1),
];

/**
 * Does work over and over on a copy of a disk, and cuts the power before each of its operations on
 * files and within each write, in every way; `check` is given what is left.
 */
export async function interruptEverywhere(
  disk: MemoryFileSystem,
  work: (fileSystem: FileSystem) => Promise<unknown>,
  check: (after: MemoryFileSystem, isDone: boolean, place: string) => Promise<void>,
): Promise<void> {
  const rehearsal = new FaultyFileSystem(disk.clone());
  await work(rehearsal);
  for (let operation = 0; operation <= rehearsal.operations.length; operation++) {
    for (const [index, keep] of cuts.entries()) {
      const copy = disk.clone();
      const faulty = new FaultyFileSystem(copy, ({ index: at, kind, bytes = 0 }) => {
        if (at < operation || kind === "read") return undefined;
        return kind === "write" ? { crashAfterBytes: Math.floor(bytes / 2) } : "crash";
      });
      const isDone = await work(faulty).then(
        () => true,
        (error: unknown) => {
          ignoreCrash(error);
          return false;
        },
      );
      await check(copy.crash({ keep }), isDone, `operation ${operation}, cut ${index}`);
    }
  }
}

/** A directory either holds all, or opening it is refused or makes an empty store; tells which. */
export async function isWholeOrRefused(
  disk: MemoryFileSystem,
  directory: string,
  contents: StoreContents,
  place: string,
): Promise<boolean> {
  let found: StoreContents;
  try {
    found = await contentsAt(disk, directory);
  } catch (error) {
    if (!(error instanceof FormatError)) throw new Error(place, { cause: error });
    return false;
  }
  if (Object.keys(found).length === 0) return false; // Not even the directory had survived.
  deepStrictEqual(keysOf(found), keysOf(contents), place);
  return true;
}

/** Throws an error on, unless it only tells that the machine has come to a halt. */
export function ignoreCrash(error: unknown): void {
  const isOfCrash = (error: unknown): boolean =>
    error instanceof Error && (/has lost power/.test(error.message) || isOfCrash(error.cause));
  if (!isOfCrash(error)) throw error;
}
