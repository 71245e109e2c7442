import { mkdtemp, open as openFile, realpath, rm, statfs } from "node:fs/promises";
import { join } from "node:path";

import { open } from "@boxerdb/engine";

import { runSteps, type BenchSize, type MeasuredStep, type StepsContext } from "./step.ts";
import { prepareSyncFile, storeSteps, syncStep } from "./store-steps.ts";

/** How statfs(2) of Linux calls a file system in memory. */
const memoryFileSystem = 0x01021994;

/** Whether files of a directory live in memory, where a sync costs nothing. */
export const liesInMemory = async (directory: string): Promise<boolean> =>
  process.platform === "linux" && (await statfs(directory)).type === memoryFileSystem;

/**
 * Measures the disk below a directory, and the engine in this process on it. Works in a new directory
 * inside, which is gone when this resolves or rejects.
 */
export const measureDirectory = async (
  parent: string,
  size: BenchSize,
  context: StepsContext,
): Promise<MeasuredStep[]> => {
  const directory = await mkdtemp(join(await realpath(parent), "boxerdb-bench-"));
  try {
    return await measureIn(directory, size, context);
  } finally {
    await rm(directory, { recursive: true });
  }
};

const measureIn = async (
  directory: string,
  size: BenchSize,
  context: StepsContext,
): Promise<MeasuredStep[]> => {
  await using file = await openFile(join(directory, "syncs"), "w");
  await prepareSyncFile(file);
  await using store = await open(join(directory, "data"));
  const steps = [syncStep(file, size), ...storeSteps(store.database("bench"), size)];
  return await runSteps(steps, context);
};
