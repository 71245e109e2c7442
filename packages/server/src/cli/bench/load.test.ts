import { expect, test } from "vitest";

import { runLoad, type Load, type LoadContext } from "./load.ts";

/** Time that passes only where a test says so. */
class ManualClock {
  #nowMs = 0;

  now(): number {
    return this.#nowMs;
  }

  pass(durationMs: number): void {
    this.#nowMs += durationMs;
  }

  wait(): Promise<void> {
    throw new Error("nobody waits here");
  }
}

const contextOf = (
  clock: ManualClock,
  signal: AbortSignal = new AbortController().signal,
): LoadContext => ({ clock, signal, onProgress: () => undefined });

const load = (parts: Partial<Load>): Load => ({
  workers: 1,
  operationsPerCall: 1,
  until: { calls: 3 },
  call: () => undefined,
  ...parts,
});

test("so many calls are made, each with a turn of its own, and each counts its operations", async () => {
  const clock = new ManualClock();
  const turns: number[] = [];
  const call = async (turn: number): Promise<void> => {
    turns.push(turn);
    clock.pass(2);
    await Promise.resolve();
  };
  const work = load({ workers: 4, operationsPerCall: 100, until: { calls: 10 }, call });
  const measured = await runLoad(work, contextOf(clock));
  expect(turns).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(measured).toMatchObject({ operations: 1_000, durationMs: 20 });
});

test("so long it goes on", async () => {
  const clock = new ManualClock();
  const call = (): void => clock.pass(7);
  const measured = await runLoad(load({ until: { durationMs: 100 }, call }), contextOf(clock));
  expect(measured).toMatchObject({ operations: 15, durationMs: 105 });
});

test("as many calls as there are workers go on at a time", async () => {
  let current = 0;
  let most = 0;
  const call = async (): Promise<void> => {
    most = Math.max(most, ++current);
    await Promise.resolve();
    current--;
  };
  await runLoad(load({ workers: 5, until: { calls: 50 }, call }), contextOf(new ManualClock()));
  expect(most).toBe(5);
});

test("latency is that of calls", async () => {
  const clock = new ManualClock();
  const call = (turn: number): void => clock.pass(turn === 99 ? 50 : 4);
  const { latencyMs } = await runLoad(load({ until: { calls: 100 }, call }), contextOf(clock));
  expect(latencyMs.p50).toBeCloseTo(4, 1);
  expect(latencyMs.p99).toBeCloseTo(4, 1);
  expect(latencyMs.p999).toBeCloseTo(50, 0);
});

test("progress is told as it goes, and others have their turn between", async () => {
  const clock = new ManualClock();
  const told: number[] = [];
  const immediate = new AbortController();
  setImmediate(() => immediate.abort());
  const work = load({ until: { durationMs: 1_000_000 }, call: () => clock.pass(10) });
  const context = {
    ...contextOf(clock, immediate.signal),
    onProgress: (n: number) => told.push(n),
  };
  await runLoad(work, context);
  expect(told.length).toBeGreaterThan(0);
  expect(told).toEqual(told.toSorted((a, b) => a - b));
});

test("a signal ends it, and what was done is told", async () => {
  const stop = new AbortController();
  const call = (turn: number): void => {
    if (turn === 4) stop.abort();
  };
  const work = load({ until: { calls: 1_000 }, call });
  expect(await runLoad(work, contextOf(new ManualClock(), stop.signal))).toMatchObject({
    operations: 5,
  });
});

test("the first failure ends it, when no call is on its way any more", async () => {
  let finished = 0;
  const call = async (turn: number): Promise<void> => {
    if (turn === 1) throw new Error("no more room");
    await new Promise(setImmediate);
    finished++;
  };
  const work = load({ workers: 3, until: { calls: 1_000 }, call });
  await expect(runLoad(work, contextOf(new ManualClock()))).rejects.toThrow("no more room");
  expect(finished).toBe(2);
});
