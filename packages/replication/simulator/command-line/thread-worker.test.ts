import { expect, test } from "vitest";

import { engineSimulation } from "../engine/engine-run.ts";

import { ThreadWorker, WorkerDiedError } from "./thread-worker.ts";

const task = { names: ["engine"], lastLines: 10 };

test("a seed makes the same run in a thread as here", async () => {
  await using worker = new ThreadWorker(task);
  for (const seed of [3, 4]) {
    const [report, ...others] = await worker.run(seed);
    expect(report).toEqual(await engineSimulation.run(seed, { last: 10 }));
    expect(others).toEqual([]);
  }
});

const endings = [
  ["ends", "process.exit(3)", "has ended with code 3"],
  ["throws", "throw new Error('out of luck')", "has failed: out of luck"],
] as const;

test.each(endings)("a thread that %s is an error that names its seed", async (_, deed, how) => {
  const script = new URL(
    `data:text/javascript,import { parentPort } from "node:worker_threads";
    parentPort.on("message", () => { ${deed} });`,
  );
  await using worker = new ThreadWorker(task, script);
  const run = worker.run(42);
  await expect(run).rejects.toThrow(WorkerDiedError);
  await expect(run).rejects.toThrow(
    `the thread that ran seed 42 ${how}. In one thread: pnpm simulate --only engine --seed 42`,
  );
});

test("a thread that is at work is ended", async () => {
  const worker = new ThreadWorker(task);
  const run = worker.run(1);
  await worker[Symbol.asyncDispose]();
  await expect(run).rejects.toThrow("the thread that ran seed 1 has ended");
  await expect(worker.run(2)).rejects.toThrow("the thread that ran seed 2 has ended");
});
