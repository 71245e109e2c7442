import { expect, test } from "vitest";

import { readAhead } from "./read-ahead.ts";

async function* counted(asked: number[], failAt?: number): AsyncGenerator<number> {
  try {
    for (let number = 1; number <= 3; number++) {
      asked.push(number);
      if (number === failAt) throw new Error(`no ${number}`);
      yield number;
    }
  } finally {
    asked.push(0);
  }
}

test("the next item is asked for while one is worked on, and no more", async () => {
  const asked: number[] = [];
  const items = readAhead(counted(asked));
  expect((await items.next()).value).toBe(1);
  expect(asked).toEqual([1, 2]);
  expect(await Array.fromAsync(items)).toEqual([2, 3]);
});

test("a failure comes in its place", async () => {
  const items = readAhead(counted([], 2));
  expect((await items.next()).value).toBe(1);
  await expect(items.next()).rejects.toThrow("no 2");
});

test("one that is left early lets go of its source", async () => {
  const asked: number[] = [];
  for await (const item of readAhead(counted(asked))) if (item === 1) break;
  expect(asked).toEqual([1, 2, 0]);
});
