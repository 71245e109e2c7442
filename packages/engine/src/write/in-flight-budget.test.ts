import * as fc from "fast-check";
import { expect, test } from "vitest";

import { InFlightBudget } from "./in-flight-budget.ts";

/** What a writer does that has to wait. */
async function enter(
  budget: InFlightBudget,
  room: Promise<void>,
  admit: () => void,
): Promise<void> {
  await room;
  budget.entered();
  admit();
}

test("what is in flight stays within the limit, and those who wait come in their order", async () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 150 }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(sizes, sizes, async (sizes, order) => {
      const limit = 100;
      const budget = new InFlightBudget(limit);
      const admitted: number[] = [];
      const held: number[] = [];
      for (const [index, bytes] of sizes.entries()) {
        const admit = (): void => {
          admitted.push(index);
          held.push(bytes);
        };
        const room = budget.take(bytes);
        if (room === undefined) admit();
        else void enter(budget, room, admit);
      }
      for (const pick of [...order, ...sizes, ...sizes]) {
        await Promise.resolve();
        const inFlight = held.reduce((sum, bytes) => sum + bytes, 0);
        expect(budget.usedBytes).toBe(inFlight);
        if (held.length > 1) expect(inFlight).toBeLessThanOrEqual(limit);
        const [bytes] = held.splice(pick % Math.max(held.length, 1), 1);
        if (bytes !== undefined) budget.give(bytes);
      }
      expect(admitted).toEqual(sizes.map((_, index) => index));
      expect(budget.usedBytes).toBe(0);
    }),
  );
});

test("a write that is larger than the limit is let in alone, and others wait for it", async () => {
  const budget = new InFlightBudget(10);
  expect(budget.take(1_000)).toBeUndefined();
  const next = budget.take(1);
  expect(next).toBeInstanceOf(Promise);
  budget.give(1_000);
  await next;
  expect(budget.usedBytes).toBe(1);
});

test("a write does not overtake one that was admitted and has not gone on yet", async () => {
  const budget = new InFlightBudget(10);
  expect(budget.take(10)).toBeUndefined();
  const first = budget.take(1);
  budget.give(10);
  const second = budget.take(1);
  expect(second).toBeInstanceOf(Promise);
  await first;
  budget.entered();
  await second;
  budget.entered();
  expect(budget.take(1)).toBeUndefined();
  expect(budget.usedBytes).toBe(3);
});

test("all can be admitted at once, when their writes are refused anyway", async () => {
  const budget = new InFlightBudget(10);
  expect(budget.take(10)).toBeUndefined();
  const first = budget.take(7);
  const second = budget.take(8);
  budget.admitAll();
  await first;
  await second;
  for (const bytes of [10, 7, 8]) budget.give(bytes);
  expect(budget.usedBytes).toBe(0);
});

test("throttled writers go on as far as is allowed, in their order, and freely when they are released", async () => {
  const budget = new InFlightBudget(1_000);
  budget.throttle();
  const admitted: string[] = [];
  for (const name of ["a", "b", "c", "d"]) {
    const room = budget.take(10);
    if (room === undefined) admitted.push(name);
    else void enter(budget, room, () => admitted.push(name));
  }
  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  await settled();
  expect(admitted).toEqual([]);
  expect(budget.hasRoom).toBe(false);
  budget.allow(15);
  await settled();
  // The second one takes five more than is allowed, which the third has to wait for too.
  expect(admitted).toEqual(["a", "b"]);
  budget.allow(5);
  await settled();
  expect(admitted).toEqual(["a", "b"]);
  budget.release();
  await settled();
  expect(admitted).toEqual(["a", "b", "c", "d"]);
  expect(budget.hasRoom).toBe(true);
  expect(budget.take(10)).toBeUndefined();
});

test("a throttled write that goes on without asking is made up for by those to come", async () => {
  const budget = new InFlightBudget(1_000);
  budget.throttle();
  budget.allow(10);
  expect(budget.hasRoom).toBe(true);
  budget.takeAnyway(30);
  budget.allow(15);
  expect(budget.hasRoom).toBe(false);
  budget.allow(10);
  expect(budget.hasRoom).toBe(true);
});
