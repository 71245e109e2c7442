import { expect, test } from "vitest";

import { TurnBatches } from "./turn-batches.ts";

test("what is asked for while a batch is written makes up the next one", async () => {
  const batches: string[][] = [];
  const release: (() => void)[] = [];
  const writes = new TurnBatches<number>(async (entries) => {
    batches.push(entries.map(([key]) => key));
    await new Promise<void>((resolve) => release.push(resolve));
  });
  const first = [writes.put("a", 1), writes.put("b", 2)];
  await new Promise((resolve) => setImmediate(resolve));
  const second = [writes.put("c", 3), writes.put("d", 4)];
  await new Promise((resolve) => setImmediate(resolve));
  expect(batches).toEqual([["a", "b"]]);
  release[0]?.();
  await Promise.all(first);
  await new Promise((resolve) => setImmediate(resolve));
  expect(batches).toEqual([
    ["a", "b"],
    ["c", "d"],
  ]);
  release[1]?.();
  await Promise.all(second);
});

test("a batch that fails fails its writers, and no others", async () => {
  let calls = 0;
  const writes = new TurnBatches<number>(async () => {
    if (++calls === 1) throw new Error("disk full");
  });
  await expect(writes.put("a", 1)).rejects.toThrow("disk full");
  await writes.put("b", 2);
  expect(calls).toBe(2);
});
