/**
 * Calls off backups, restores, replays and verifications wherever they tell their progress: they end
 * with AbortError, leave nothing that passes for a copy, and succeed when they are tried again.
 */
import { deepStrictEqual, equal, ok, rejects } from "node:assert/strict";

import {
  AbortError,
  backUpDirectory,
  logOffset,
  planRepair,
  processLocalLocker,
  replay,
  restoreBackup,
  verifyDirectory,
  type OnProgress,
  type WorkOptions,
} from "@boxerdb/engine";
import { test } from "vitest";

import { contentsAt, filesBelow, keysOf } from "./interrupted-work.ts";
import { ManualClock } from "./manual-clock.ts";
import { dataDirectory, SimulatedMachine } from "./simulated-machine.ts";

const backupDirectory = "/mnt/backup";
const target = "/srv/copy";

/** A closed store of several segments, and a backup of it. */
async function makeStore(): Promise<SimulatedMachine> {
  const machine = new SimulatedMachine();
  const store = await machine.open();
  const collection = store.database("one").collection("c");
  for (const key of "abcabdabe") await collection.put(key, key.repeat(1_300));
  await store.backup(backupDirectory, { hardLinks: false });
  await store.close();
  return machine;
}

type Work = (machine: SimulatedMachine, options: WorkOptions) => Promise<unknown>;

const copies: Readonly<Record<string, Work>> = {
  "a backup of an open store": async (machine, options) => {
    await using store = await machine.open();
    return await store.backup(target, options);
  },
  "a backup of a directory": ({ disk: fileSystem }, options) => {
    const clock = new ManualClock();
    const locker = processLocalLocker();
    return backUpDirectory(dataDirectory, target, { fileSystem, locker, clock, ...options });
  },
  "a restore": ({ disk: fileSystem }, options) =>
    restoreBackup(backupDirectory, target, { fileSystem, clock: new ManualClock(), ...options }),
  "a replay": ({ disk: fileSystem }, options) =>
    replay(dataDirectory, target, {
      fileSystem,
      clock: new ManualClock(),
      until: { offset: logOffset(10) },
      ...options,
    }),
};

/** A signal that is aborted when progress is told for the n-th time, from 1. */
const abortedAt = (
  n: number,
): { readonly signal: AbortSignal; readonly onProgress: () => void } => {
  const controller = new AbortController();
  let told = 0;
  const onProgress = (): void => {
    told += 1;
    if (told === n) controller.abort(new Error("enough"));
  };
  return { signal: controller.signal, onProgress };
};

for (const [name, work] of Object.entries(copies)) {
  test(`${name} can be called off at any time, and be tried again`, async () => {
    const machine = await makeStore();
    const before = await contentsAt(machine.disk.clone(), dataDirectory);
    let steps = 0;
    await work(machine, { onProgress: () => (steps += 1) });
    await machine.disk.removeTree(target);
    ok(steps > 4);
    // Called off at the last step it may be done before it looks.
    for (let step = 1; step < steps; step++) {
      await rejects(
        work(machine, abortedAt(step)),
        (error) => error instanceof AbortError && error.cause instanceof Error,
      );
      deepStrictEqual(filesBelow(machine.disk, target), new Map());
    }
    await work(machine, {});
    deepStrictEqual(keysOf(await contentsAt(machine.disk, target)), keysOf(before));
  });
}

test("work that was called off before it began changes nothing", async () => {
  const machine = await makeStore();
  const signal = AbortSignal.abort(new Error("never mind"));
  for (const work of Object.values(copies)) await rejects(work(machine, { signal }), AbortError);
  deepStrictEqual(filesBelow(machine.disk, target), new Map());
});

test("the verification of a directory can be called off", async () => {
  const { disk: fileSystem } = await makeStore();
  let steps = 0;
  ok((await verifyDirectory(dataDirectory, { fileSystem, onProgress: () => (steps += 1) })).ok);
  // The last step is that of the checkpoints, behind all that is looked at.
  for (const step of [1, steps - 2]) {
    const options = { fileSystem, ...abortedAt(step) };
    await rejects(verifyDirectory(dataDirectory, options), AbortError);
  }
});

test("the verification of an open store can be called off", async () => {
  const machine = await makeStore();
  await using store = await machine.open();
  let steps = 0;
  ok((await store.verify({ onProgress: () => (steps += 1) })).ok);
  await rejects(store.verify(abortedAt(1)), AbortError);
  await rejects(store.verify(abortedAt(steps - 1)), AbortError);
  equal((await store.verify()).ok, true);
});

test("the planning of a repair tells its progress, and can be called off", async () => {
  const machine = await makeStore();
  const { disk: fileSystem } = machine;
  const options = { fileSystem, locker: processLocalLocker() };
  const told: [number, number][] = [];
  const onProgress: OnProgress = (done, total) => told.push([done, total]);
  equal((await planRepair(dataDirectory, { ...options, onProgress })).isNeeded, false);
  ok(told.every(([done, total]) => done <= total));
  await rejects(planRepair(dataDirectory, { ...options, ...abortedAt(1) }), AbortError);
  equal((await planRepair(dataDirectory, options)).isNeeded, false);
});
