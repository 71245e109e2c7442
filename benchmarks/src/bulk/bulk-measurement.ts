import { ServerProcess } from "../http/server-process.ts";
import type { Figures } from "../report/figures.ts";

import { importLines, readExport } from "./bulk-client.ts";
import { forgetPeak, peakMegabytes, residentMegabytes } from "./resident-memory.ts";

/** What goes in, and comes out again. */
export interface BulkWork {
  /** Where the server has its data. */
  readonly directory: string;
  readonly documents: number;
  /** The documents as lines; made anew at each call. */
  readonly lines: () => Iterable<Buffer>;
  /** Says what runs now. */
  readonly tell: (text: string) => void;
}

const main = new URL("../../../packages/server/src/main.ts", import.meta.url);

/** Imports all documents into a new server, repeats that under the same id, and exports them. */
export async function measureBulk(work: BulkWork): Promise<Figures> {
  const { directory, documents, lines, tell } = work;
  const ports = ["--port", "0", "--peer-port", "0"];
  const args = ["serve", ...ports, "--data-dir", directory, "--log-format", "json"];
  await using server = await ServerProcess.startScript(main, args);
  const database = `${await server.firstUrl()}/api/v2/app`;
  const { pid } = server;
  const startMegabytes = await residentMegabytes(pid);

  tell("import");
  const importSeconds = await secondsOf(() => importLines(database, lines(), "one"));
  const importPeakMegabytes = await peakMegabytes(pid);

  tell("the same import again");
  const againSeconds = await secondsOf(() => importLines(database, lines(), "one"));
  const loadedMegabytes = await residentMegabytes(pid);

  tell("export");
  await forgetPeak(pid);
  let exported = { lines: 0, bytes: 0 };
  const exportSeconds = await secondsOf(async () => {
    exported = await readExport(database);
  });
  const exportPeakMegabytes = await peakMegabytes(pid);
  if (exported.lines !== documents) {
    throw new Error(`${documents} documents went in, and ${exported.lines} came out`);
  }
  return {
    importPerSecond: documents / importSeconds,
    againPerSecond: documents / againSeconds,
    exportPerSecond: documents / exportSeconds,
    exportMegabytesPerSecond: exported.bytes / 1e6 / exportSeconds,
    startMegabytes,
    importPeakMegabytes,
    loadedMegabytes,
    exportPeakMegabytes,
  };
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return (performance.now() - startedMs) / 1000;
}
