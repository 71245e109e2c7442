/** What this process has cost so far, as the operating system counts it. */
import { readFileSync } from "node:fs";

/** Microseconds of processor time, threads of native code included. */
export function cpuMicros(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

/**
 * Bytes that this process caused to be written to a disk. Linux counts a page when it becomes dirty,
 * and so all that will be written. NaN where the system does not tell.
 */
export const writtenBytes = (): number => fieldOf("/proc/self/io", "write_bytes");

/** Memory in bytes. */
export interface MemoryUse {
  /** All that is resident, mapped files included. */
  readonly residentBytes: number;
  /** What is resident and belongs to no file: heap, buffers, stacks. NaN where the system does not tell. */
  readonly anonymousBytes: number;
}

/** What the process holds in memory after garbage was collected (needs `--expose-gc`). */
export function memoryUse(): MemoryUse {
  if (globalThis.gc === undefined) throw new Error("assertion failed: run with --expose-gc");
  // Once more: what the first one frees may free more.
  globalThis.gc();
  globalThis.gc();
  return {
    residentBytes: process.memoryUsage.rss(),
    anonymousBytes: fieldOf("/proc/self/status", "RssAnon") * 1_024,
  };
}

/** The first number behind "name:" in a file of /proc; NaN where there is no such file. */
function fieldOf(path: string, name: string): number {
  if (process.platform !== "linux") return Number.NaN;
  const match = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(readFileSync(path, "utf8"));
  return Number(match?.[1] ?? Number.NaN);
}
