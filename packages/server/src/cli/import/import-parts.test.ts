import * as fc from "fast-check";
import { expect, test } from "vitest";

import { lineParts, type LinePartOptions } from "./import-parts.ts";

async function* chunked(text: string, size: number): AsyncGenerator<Buffer> {
  const bytes = Buffer.from(text);
  for (let start = 0; start < bytes.length; start += size)
    yield bytes.subarray(start, start + size);
}

/** Parts as `[first line, text, is last]`. */
const partsOf = async (
  text: string,
  { chunkBytes = 4, ...options }: Partial<LinePartOptions> & { chunkBytes?: number } = {},
): Promise<[number, string, boolean][]> => {
  const parts = await Array.fromAsync(
    lineParts(chunked(text, chunkBytes), { firstLine: 1, ...options }),
  );
  return parts.map(({ firstLine, bytes, isLast }) => [firstLine, bytes.toString(), isLast]);
};

test("an input that is not full is one part", async () => {
  expect(await partsOf("one\ntwo\nthree")).toEqual([[1, "one\ntwo\nthree", true]]);
  expect(await partsOf("")).toEqual([]);
});

test("a part ends with a line, once it is full", async () => {
  expect(await partsOf("aa\nbb\ncc\ndd\n", { firstPartBytes: 5 })).toEqual([
    [1, "aa\nbb\n", false],
    [3, "cc\ndd\n", true],
  ]);
  expect(await partsOf("aa\nbb\n", { firstPartBytes: 3, chunkBytes: 3 })).toEqual([
    [1, "aa\n", false],
    [2, "bb\n", true],
  ]);
});

test("parts grow, up to a bound", async () => {
  const sizes = { firstPartBytes: 2, maxPartBytes: 6, chunkBytes: 1 };
  const parts = await partsOf("x\n".repeat(9), sizes);
  expect(parts.map(([, content]) => content.length)).toEqual([2, 4, 6, 6]);
});

test("lines before the first one are left out", async () => {
  expect(await partsOf("one\ntwo\nthree\n", { firstLine: 3 })).toEqual([[3, "three\n", true]]);
  expect(await partsOf("one\ntwo\n", { firstLine: 3 })).toEqual([]);
});

test("parts are the whole input from a line on, each but the last one of whole lines", async () => {
  const text = fc
    .array(fc.constantFrom("\n", "a", "é", "document"))
    .map((pieces) => pieces.join(""));
  const small = fc.integer({ min: 1, max: 12 });
  await fc.assert(
    fc.asyncProperty(text, small, small, small, async (text, chunkBytes, size, firstLine) => {
      const sizes = { firstPartBytes: size, maxPartBytes: 2 * size };
      const parts = await partsOf(text, { chunkBytes, firstLine, ...sizes });
      const lines = text.split("\n");
      expect(parts.map(([, content]) => content).join("")).toBe(
        lines.slice(firstLine - 1).join("\n"),
      );
      for (const [index, [first, content, isLast]] of parts.entries()) {
        expect(isLast).toBe(index === parts.length - 1);
        if (!isLast) expect(content.endsWith("\n")).toBe(true);
        expect(content).not.toBe("");
        expect(
          lines
            .slice(first - 1)
            .join("\n")
            .startsWith(content),
        ).toBe(true);
      }
    }),
  );
});

test("a line without an end is refused before it fills the memory", async () => {
  const input = `one\ntwo\n${"x".repeat(100)}`;
  await expect(partsOf(input, { maxLineBytes: 32, chunkBytes: 8 })).rejects.toThrow(
    "line 3 is longer than 32 bytes",
  );
});
