import { expect, test } from "vitest";

import { SimulatedTime } from "./simulated-time.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("an event is over when all that it set going has come to rest", async () => {
  const time = new SimulatedTime();
  const seen: string[] = [];
  time.after(10, () => {
    void (async () => {
      for (let turns = 0; turns < 20; turns += 1) {
        await turn();
        await Promise.resolve();
      }
      seen.push(`rest at ${time.nowMs}`);
    })();
  });
  time.after(10.5, () => seen.push(`next at ${time.nowMs}`));
  await time.run(100);
  expect(seen).toEqual(["rest at 10", "next at 10.5"]);
  expect(time.nowMs).toBe(100);
  expect(time.events).toBe(2);
});

test("what two do in turns of the event loop interleaves the same each time", async () => {
  const run = async (): Promise<string> => {
    const time = new SimulatedTime();
    let seen = "";
    const work = async (name: string, turns: number): Promise<void> => {
      for (let done = 0; done < turns; done += 1) {
        await turn();
        seen += name;
      }
    };
    time.after(1, () => {
      void work("a", 3);
      void work("b", 5);
    });
    await time.run(2);
    return seen;
  };
  expect(await run()).toBe("abababbb");
  expect(await run()).toBe("abababbb");
});

test("nothing happens beyond the end of a run, and the next run goes on from there", async () => {
  const time = new SimulatedTime();
  const seen: number[] = [];
  time.at(5, () => seen.push(time.nowMs));
  time.at(50, () => seen.push(time.nowMs));
  await time.run(10);
  expect(seen).toEqual([5]);
  time.at(1, () => seen.push(time.nowMs));
  await time.run(60);
  expect(seen).toEqual([5, 10, 50]);
});

test("what was called off does not happen", async () => {
  const time = new SimulatedTime();
  let happened = false;
  time.after(1, () => (happened = true)).cancel();
  await time.run(10);
  expect(happened).toBe(false);
});

test("a check after an event ends the run at its moment", async () => {
  const time = new SimulatedTime();
  let count = 0;
  for (const atMs of [1, 2, 3]) time.at(atMs, () => (count += 1));
  const run = time.run(10, () => {
    if (count === 2) throw new Error("an invariant does not hold");
  });
  await expect(run).rejects.toThrow("an invariant does not hold");
  expect(time.nowMs).toBe(2);
  expect(count).toBe(2);
});

test("code that never comes to rest ends the run", async () => {
  const time = new SimulatedTime();
  let isEnded = false;
  const goOn = (): void => {
    if (!isEnded) setImmediate(goOn);
  };
  time.after(1, goOn);
  await expect(time.run(10)).rejects.toThrow("assertion failed: code comes to rest");
  isEnded = true;
  expect(time.nowMs).toBe(1);
});

test("a run until something holds ends soon after it does, or in vain", async () => {
  const time = new SimulatedTime();
  let count = 0;
  for (let atMs = 10; atMs <= 10_000; atMs += 10) time.at(atMs, () => (count += 1));
  expect(await time.runUntil(() => count >= 50, 5_000)).toBe(true);
  expect(time.nowMs).toBe(500);
  expect(await time.runUntil(() => count >= 2_000, 5_000)).toBe(false);
  expect(time.nowMs).toBe(5_000);
});
