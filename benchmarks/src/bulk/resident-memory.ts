/** The resident memory of another process, as Linux tells it; NaN where nobody does. */
import { readFile, writeFile } from "node:fs/promises";

/** What is resident now, in megabytes. */
export const residentMegabytes = (pid: number): Promise<number> => statusMegabytes(pid, "VmRSS");

/** The most that was resident since the process began, or since `forgetPeak`, in megabytes. */
export const peakMegabytes = (pid: number): Promise<number> => statusMegabytes(pid, "VmHWM");

/** Begins to look for the peak anew. */
export async function forgetPeak(pid: number): Promise<void> {
  if (process.platform === "linux") await writeFile(`/proc/${pid}/clear_refs`, "5");
}

async function statusMegabytes(pid: number, field: string): Promise<number> {
  if (process.platform !== "linux") return Number.NaN;
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  const kibibytes = new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1];
  return (Number(kibibytes ?? Number.NaN) * 1024) / 1e6;
}
