/**
 * Writers that overwrite the same documents without end, while compaction takes the garbage away, or
 * while it does not. Sizes: `documents` that are live, `puts`.
 */
import { createHistogram, monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";

import { open, type CompactionStatus, type Store } from "@boxerdb/engine";

import { documentKey, documentValue, isDocument, type UserDocument } from "../document.ts";
import { diskUsedBytes } from "../measuring/disk-usage.ts";
import { percentileFigures } from "../measuring/percentiles.ts";
import { RunningTime } from "../measuring/running-time.ts";
import { Stopwatch } from "../measuring/stopwatch.ts";
import { sizeOf, type Figures } from "../report/figures.ts";
import { scatteredIndexes } from "../scattered.ts";
import { batchesOf } from "../subjects/boxerdb-subject.ts";
import type { Measurement } from "../workers/task.ts";

import { loadDocuments, writers } from "./documents-measurement.ts";

/** How often disk and compaction are looked at. */
const lookEveryMs = 50;

/** Subjects of this measurement: how compaction goes. */
export const overwritingSubjects = { background: "BoxerDB", manual: "no compaction" } as const;

export const measureOverwriting: Measurement = async ({ subject, directory, sizes }, tell) => {
  const documents = sizeOf(sizes, "documents");
  const puts = sizeOf(sizes, "puts");
  const compaction = subject === overwritingSubjects.manual ? "manual" : "background";
  const store = await open(directory, { compaction });
  const users = store.database("bench").collection<UserDocument>("users");
  await loadDocuments(batchesOf(store), documents, () => tell("loads"));
  const liveBytes = liveBytesOf(store);

  const overwriting = new Overwriting(documents, puts);
  const latency = createHistogram();
  // The finest there is: what it records includes the millisecond that it waits for.
  const eventLoopDelay = monitorEventLoopDelay({ resolution: 1 });
  const watch = watchStore(store, directory, () =>
    tell(`${overwriting.done.toLocaleString("en-US")} puts`),
  );
  const stopwatch = new Stopwatch();
  eventLoopDelay.enable();
  await stopwatch.measure(() =>
    overwriting.run(async (key, value) => {
      const start = performance.now();
      await users.put(key, value);
      latency.record(Math.max(1, Math.round((performance.now() - start) * 1e6)));
    }),
  );
  eventLoopDelay.disable();
  const watched = await watch.end();

  tell("compacts the rest");
  const before = compactionOf(store);
  const compacting = new Stopwatch();
  await compacting.measure(() => store.compact());
  const readBytes = compactionOf(store).readBytes - before.readBytes;
  const diskAfterBytes = await diskUsedBytes(directory);
  for (let index = 0; index < documents; index++) {
    const value = users.getSync(documentKey(index));
    if (value === undefined || !isDocument(value, index, overwriting.revisions[index] ?? 0)) {
      throw new Error(`document ${index} is not as it was written`);
    }
  }
  await store.close();
  return {
    putPerSecond: stopwatch.perSecond(puts),
    putCpuMicros: stopwatch.cpuMicros / puts,
    ...percentileFigures("put", latency, "Ms"),
    ...percentileFigures("loop", eventLoopDelay, "Ms"),
    ...watched.figures,
    mostDiskTimes: watched.mostDiskBytes / liveBytes,
    compactedDiskTimes: diskAfterBytes / liveBytes,
    // A quick one, of little garbage, says nothing about speed.
    ...(readBytes > liveBytes && {
      idleCompactionMegabytesPerSecond: readBytes / 1e6 / (compacting.elapsedMs / 1_000),
    }),
  };
};

/** The writers: each takes the next document in no order, and awaits its put before another. */
class Overwriting {
  readonly revisions: Uint16Array;
  readonly #indexes: Uint32Array;
  #next = 0;

  constructor(documents: number, puts: number) {
    this.revisions = new Uint16Array(documents);
    this.#indexes = scatteredIndexes(documents, puts);
  }

  get done(): number {
    return this.#next;
  }

  async run(put: (key: string, value: UserDocument) => Promise<void>): Promise<void> {
    const write = async (): Promise<void> => {
      for (
        let index = this.#indexes[this.#next++];
        index !== undefined;
        index = this.#indexes[this.#next++]
      ) {
        const revision = (this.revisions[index] ?? 0) + 1;
        this.revisions[index] = revision;
        await put(documentKey(index), documentValue(index, revision));
      }
    };
    await Promise.all(Array.from({ length: writers }, write));
  }
}

/** Looks at disk and compaction from now on, until it is ended. */
function watchStore(
  store: Store,
  directory: string,
  tell: () => void,
): {
  end(): Promise<{ readonly mostDiskBytes: number; readonly figures: Figures }>;
} {
  const before = compactionOf(store);
  const running = new RunningTime();
  let mostDiskBytes = 0;
  const ending = new AbortController();
  const watching = (async () => {
    while (!ending.signal.aborted) {
      running.look(compactionOf(store).running !== undefined, performance.now());
      mostDiskBytes = Math.max(mostDiskBytes, await diskUsedBytes(directory));
      tell();
      await pause(lookEveryMs);
    }
  })();
  return {
    end: async () => {
      ending.abort();
      await watching;
      const after = compactionOf(store);
      const readBytes = after.readBytes - before.readBytes;
      const figures = {
        compactionRuns: after.runs - before.runs,
        compactionReadMegabytes: readBytes / 1e6,
        compactionWrittenMegabytes: (after.writtenBytes - before.writtenBytes) / 1e6,
        ...(readBytes > 0 && {
          compactionMegabytesPerSecond: readBytes / 1e6 / (running.elapsedMs / 1_000),
        }),
      };
      return { mostDiskBytes, figures };
    },
  };
}

function compactionOf(store: Store): CompactionStatus {
  const [database] = store.status().databases;
  if (database === undefined) throw new Error("assertion failed: the database was made");
  return database.compaction;
}

/** Bytes of the records that are live, which is the least that their store can take. */
function liveBytesOf(store: Store): number {
  const [database] = store.status().databases;
  return (database?.segments ?? []).reduce((sum, { liveBytes }) => sum + liveBytes, 0);
}
