import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runScript } from "../child-process.ts";
import type { Rates } from "../measurement.ts";
import { describeMachine, type Report } from "../report.ts";

const works = [
  "durable put, 64 writers",
  "bulk load, durable batches of 1,000",
  "random get",
  "ordered scan of all",
];

/** BoxerDB's engine beside lmdb, each run in a process and a directory of its own. */
export async function benchmarkEmbedded(
  rounds: number,
  documents: number,
  tell: (line: string) => void,
): Promise<Report> {
  const results: Record<string, Rates>[] = [];
  for (let round = 1; round <= rounds; round++) {
    const rates: Record<string, Rates> = {};
    for (const name of ["BoxerDB", "lmdb"]) {
      tell(`round ${round} of ${rounds}: ${name}`);
      const directory = await mkdtemp(join(tmpdir(), "boxerdb-bench-"));
      try {
        const worker = new URL("worker.ts", import.meta.url);
        const output = await runScript(worker, [name, join(directory, "data"), String(documents)]);
        rates[name] = JSON.parse(output) as Rates;
      } finally {
        await rm(directory, { recursive: true });
      }
    }
    results.push(rates);
  }
  return {
    name: "Embedded",
    machine: describeMachine(),
    settings: [
      `${documents.toLocaleString("en-US")} documents of about 80 bytes, keys of 15 bytes`,
      "lmdb 3.5: msgpack, overlappingSync off, so that a put is durable when it resolves",
    ],
    rounds: results,
    comparisons: works.map((work) => ({ work, subject: "BoxerDB", peer: "lmdb" })),
  };
}
