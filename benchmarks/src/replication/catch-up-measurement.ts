/**
 * The leader of a database that a follower copies. Sizes: `documents` that are there when the follower
 * begins with nothing, `later` ones that are written while it is away.
 */
import type { JsonValue } from "@boxerdb/engine";

import { documentKey, documentValue } from "../document.ts";
import { readRealDocuments } from "../embedded/real-documents.ts";
import { cpuMicros } from "../measuring/process-cost.ts";
import { sizeOf, type Figures } from "../report/figures.ts";
import { batchesOf } from "../subjects/boxerdb-subject.ts";
import type { Measurement } from "../workers/task.ts";

import { FollowerProcess } from "./follower-process.ts";
import { startBenchmarkLeader, type Leader } from "./leader.ts";

const batchSize = 1_000;

/** Document number `index`, and its key. */
type DocumentAt = (index: number) => readonly [string, JsonValue];

export const measureCatchUp: Measurement = async ({ directory, sizes, input }, tell) => {
  const documents = sizeOf(sizes, "documents");
  const later = sizeOf(sizes, "later");
  const documentAt = await documentsOf(input);
  await using leader = await startBenchmarkLeader(`${directory}/leader`, 1);
  const load = async (from: number, to: number): Promise<void> => {
    const { putBatch } = batchesOf(leader.store);
    for (let start = from; start < to; start += batchSize) {
      const length = Math.min(batchSize, to - start);
      await putBatch(Array.from({ length }, (_, at) => documentAt(start + at)));
      if (start % 50_000 === 0) tell(`loads, ${start.toLocaleString("en-US")} documents`);
    }
  };
  await load(0, documents);
  tell("a new follower catches up");
  const empty = await catchUp(leader, directory, "Empty");
  await load(documents, documents + later);
  tell("a follower that was away catches up");
  const behind = await catchUp(leader, directory, "Behind");
  return { ...empty, ...behind };
};

/** Has the follower copy what it lacks; resolves to the figures, whose names end with `name`. */
async function catchUp(leader: Leader, directory: string, name: string): Promise<Figures> {
  const before = leader.servedBytes();
  const startedCpu = cpuMicros();
  await using follower = new FollowerProcess({
    directory: `${directory}/follower`,
    nodeId: "follower",
    leaderUrl: leader.url,
    goal: leader.endOffset(),
  });
  const { from, seconds, cpuSeconds } = await follower.caughtUp;
  const leaderCpuMicros = cpuMicros() - startedCpu;
  const records = leader.endOffset() - from;
  return {
    [`recordsPerSecond${name}`]: records / seconds,
    [`megabytesPerSecond${name}`]: (leader.servedBytes() - before) / 1e6 / seconds,
    [`leaderCpuMicros${name}`]: leaderCpuMicros / records,
    [`followerCpuMicros${name}`]: (cpuSeconds * 1e6) / records,
  };
}

/** Those of all benchmarks, or those of a file, again and again under other keys. */
async function documentsOf(input: string | undefined): Promise<DocumentAt> {
  if (input === undefined) return (index) => [documentKey(index), documentValue(index)];
  const real = await readRealDocuments(input);
  return (index) => {
    const document = real[index % real.length];
    if (document === undefined) throw new Error(`${input} holds no documents`);
    const [key, value] = document;
    return [`${Math.floor(index / real.length)}/${key}`, value];
  };
}
