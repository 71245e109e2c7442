import { expect, test } from "vitest";

import { Randomness } from "../randomness.ts";

import { MachineClock } from "./machine-clock.ts";
import { SimulatedProcess } from "./simulated-process.ts";
import { SimulatedTime } from "./simulated-time.ts";

const start = (seed = 1) => {
  const time = new SimulatedTime();
  const machine = new MachineClock(time, Randomness.ofSeed(seed));
  const process = new SimulatedProcess("n1");
  return { time, machine, process, clock: machine.clockFor(process) };
};

test("clocks run a little faster or slower than time, and timers with them", async () => {
  const rates = new Set<number>();
  for (let seed = 0; seed < 20; seed += 1) {
    const { time, clock } = start(seed);
    const begunMs = clock.monotonicMs();
    let firedMs = 0;
    clock.after(60_000, () => (firedMs = clock.monotonicMs()));
    await time.run(100_000);
    const rate = (clock.monotonicMs() - begunMs) / 100_000;
    expect(Math.abs(rate - 1)).toBeLessThanOrEqual(0.01);
    rates.add(rate);
    expect(firedMs - begunMs).toBeGreaterThanOrEqual(60_000);
    expect(firedMs - begunMs).toBeLessThan(60_001.1);
  }
  expect(rates.size).toBe(20);
});

test("a jump moves the wall clock alone", () => {
  const { machine, clock } = start();
  const [wall, monotonic] = [clock.now(), clock.monotonicMs()];
  machine.jump(-3_600_000);
  expect(clock.now()).toBe(wall - 3_600_000);
  expect(clock.monotonicMs()).toBe(monotonic);
});

test("timers of a stopped process come late, those of a dead one never", async () => {
  const { time, process, clock } = start();
  const seen: string[] = [];
  clock.after(10, () => seen.push("late"));
  const cancelled = clock.after(10, () => seen.push("cancelled"));
  clock.after(1_000, () => seen.push("never"));
  process.stop();
  await time.run(100);
  expect(seen).toEqual([]);
  cancelled.cancel();
  process.continue("timer");
  await time.run(200);
  expect(seen).toEqual(["late"]);
  process.die("killed");
  await time.run(2_000);
  expect(seen).toEqual(["late"]);
});

test("a timer of less than a millisecond takes one, and one of 10.9 may come after 10", async () => {
  const { time, clock } = start();
  const begunMs = clock.monotonicMs();
  const fired: number[] = [];
  for (let timer = 0; timer < 100; timer += 1) {
    clock.after(0, () => expect(clock.monotonicMs() - begunMs).toBeGreaterThanOrEqual(0.99));
    clock.after(10.9, () => fired.push(clock.monotonicMs() - begunMs));
  }
  await time.run(100);
  expect(Math.min(...fired)).toBeLessThan(10.9);
});
