/** What servers have cost so far, as Linux counts it. Elsewhere nothing is known of other processes. */
import { readFile } from "node:fs/promises";

export interface ServerCost {
  /** Microseconds of processor time, of all threads, to the hundredth of a second. */
  readonly cpuMicros: number;
  /** The most that was resident in memory at once. */
  readonly peakBytes: number;
}

/** The kernel tells times in hundredths of a second, whatever its own clock does (USER_HZ). */
const microsPerTick = 10_000;

/** The cost of several processes together; undefined where the system does not tell. */
export async function costOf(pids: readonly number[]): Promise<ServerCost | undefined> {
  if (process.platform !== "linux") return undefined;
  const costs = await Promise.all(
    pids.map(async (pid) => ({
      cpuMicros: cpuMicrosIn(await readFile(`/proc/${pid}/stat`, "utf8")),
      peakBytes: peakBytesIn(await readFile(`/proc/${pid}/status`, "utf8")),
    })),
  );
  return {
    cpuMicros: costs.reduce((sum, { cpuMicros }) => sum + cpuMicros, 0),
    peakBytes: costs.reduce((sum, { peakBytes }) => sum + peakBytes, 0),
  };
}

/** User and system time in `/proc/<pid>/stat`. The name of the process may hold spaces and parentheses. */
export function cpuMicrosIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // Fields 14 and 15 of proc(5); the two before the last parenthesis are cut off.
  const ticks = Number(fields[11]) + Number(fields[12]);
  if (!Number.isFinite(ticks)) throw new Error(`this is no stat of a process: ${stat}`);
  return ticks * microsPerTick;
}

/** The high water mark of resident memory in `/proc/<pid>/status`. */
export function peakBytesIn(status: string): number {
  const kibibytes = Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]);
  if (!Number.isFinite(kibibytes)) throw new Error(`this is no status of a process: ${status}`);
  return kibibytes * 1_024;
}
