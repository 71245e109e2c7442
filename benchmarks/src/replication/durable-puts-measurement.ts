/**
 * Durable puts in the process of a leader, by one writer and by many, each awaiting its own. Sizes:
 * `puts` of the many, `puts of one`, `followers`, each in a process of its own; all must have a write.
 */
import { createHistogram } from "node:perf_hooks";
import { setTimeout as pause } from "node:timers/promises";

import { documentKey, documentValue } from "../document.ts";
import { writers } from "../embedded/documents-measurement.ts";
import { percentileFigures } from "../measuring/percentiles.ts";
import { Stopwatch } from "../measuring/stopwatch.ts";
import { sizeOf, type Figures } from "../report/figures.ts";
import type { Measurement } from "../workers/task.ts";

import { FollowerProcess } from "./follower-process.ts";
import { startBenchmarkLeader, type Leader } from "./leader.ts";
import { databaseName } from "./replicated-node.ts";

/** How many puts of each kind go before those that are measured, at most. */
const warmUpPuts = 10_000;
const warmUpPutsOfOne = 500;

export const measureDurablePuts: Measurement = async ({ directory, sizes }, tell) => {
  const followers = sizeOf(sizes, "followers");
  const writeQuorum = Math.floor((followers + 1) / 2) + 1;
  await using leader = await startBenchmarkLeader(
    `${directory}/leader`,
    followers === 0 ? 1 : writeQuorum,
  );
  await using running = new AsyncDisposableStack();
  for (let number = 1; number <= followers; number++) {
    const nodeId = `follower-${number}`;
    const settings = {
      directory: `${directory}/${nodeId}`,
      nodeId,
      leaderUrl: leader.url,
      goal: 1,
    };
    running.use(new FollowerProcess(settings));
  }
  tell("waits for the followers");
  while (leader.followers() < followers) await pause(10);
  await leader.store.database(databaseName).collection("users").put("first", null);
  while (leader.inSync() <= followers) await pause(10);

  tell("warms up");
  const puts = sizeOf(sizes, "puts");
  const putsOfOne = sizeOf(sizes, "puts of one");
  await putAll(leader, Math.min(puts, warmUpPuts), writers, "warmUp");
  await putAll(leader, Math.min(putsOfOne, warmUpPutsOfOne), 1, "warmUp");
  tell(`puts of ${writers} writers`);
  const many = await putAll(leader, puts, writers, "many");
  tell("puts of one writer");
  const one = await putAll(leader, putsOfOne, 1, "one");
  if (leader.inSync() <= followers) throw new Error("a follower fell out of sync meanwhile");
  return { ...many, ...one };
};

/** Puts as fast as the writers are answered; the names of the figures begin with `name`. */
async function putAll(
  { store, node }: Leader,
  puts: number,
  writerCount: number,
  name: string,
): Promise<Figures> {
  const users = store.database(databaseName).collection("users");
  const latency = createHistogram();
  let next = 0;
  const write = async (): Promise<void> => {
    while (next < puts) {
      const index = next++;
      const startedMs = performance.now();
      node.assertWritable(databaseName);
      await node.committed(users.put(documentKey(index), documentValue(index)));
      latency.record(Math.max(1, Math.round((performance.now() - startedMs) * 1e6)));
    }
  };
  const stopwatch = new Stopwatch();
  await stopwatch.measure(() => Promise.all(Array.from({ length: writerCount }, write)));
  return {
    [`${name}PerSecond`]: stopwatch.perSecond(puts),
    [`${name}CpuMicros`]: stopwatch.cpuMicros / puts,
    ...percentileFigures(name, latency, "Ms"),
  };
}
