import { expect, test } from "vitest";

import { batches, type Batch, type BatchOptions } from "./batches.ts";
import type { Line } from "./line-reader.ts";

async function* linesOf(texts: readonly string[]): AsyncGenerator<Line> {
  for (const [index, text] of texts.entries()) yield { number: index + 1, text };
}

const documentLines = (...keys: string[]): string[] =>
  keys.map((key) => JSON.stringify({ key, value: 1 }));

const options: BatchOptions = { collection: "c", fromLine: 1 };

/** Keys and last line of each batch, as in "a b/2". */
const shown = (made: readonly Batch[]): string[] =>
  made.map(
    ({ operations, lastLine }) => `${operations.map(({ key }) => key).join(" ")}/${lastLine}`,
  );

test("a batch has as many documents as it may, in order", async () => {
  const lines = linesOf(documentLines("a", "b", "c", "d", "e"));
  const made = await Array.fromAsync(batches(lines, { ...options, maxOperations: 2 }));
  expect(shown(made)).toEqual(["a b/2", "c d/4", "e/5"]);
});

test("a batch has as much text as it may; a longer line goes alone", async () => {
  const big = JSON.stringify({ key: "big", value: "x".repeat(100) });
  const [a = "", b = "", c = ""] = documentLines("a", "b", "c");
  const lines = linesOf([a, big, b, c]);
  const made = await Array.fromAsync(batches(lines, { ...options, maxLength: a.length * 2 }));
  expect(shown(made)).toEqual(["a/1", "big/2", "b c/4"]);
});

test("empty lines are left out, and count", async () => {
  const [a = "", b = ""] = documentLines("a", "b");
  expect(shown(await Array.fromAsync(batches(linesOf(["", a, "  ", b, ""]), options)))).toEqual([
    "a b/4",
  ]);
});

test("lines before the first one that is wanted are not looked at", async () => {
  const lines = linesOf(["not JSON", ...documentLines("a", "b")]);
  expect(shown(await Array.fromAsync(batches(lines, { ...options, fromLine: 3 })))).toEqual([
    "b/3",
  ]);
});

test("what stands before a bad line still makes a batch", async () => {
  const made: Batch[] = [];
  const read = async (): Promise<void> => {
    const lines = linesOf([...documentLines("a", "b"), "{"]);
    for await (const batch of batches(lines, options)) made.push(batch);
  };
  await expect(read()).rejects.toThrow("line 3: ");
  expect(shown(made)).toEqual(["a b/2"]);
});
