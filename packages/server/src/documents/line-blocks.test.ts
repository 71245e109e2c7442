import * as fc from "fast-check";
import { expect, test } from "vitest";

import { lineBlocks, type LineBlock, type LineOptions } from "./line-blocks.ts";

async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size)
    yield bytes.subarray(start, start + size);
}

const blocksOf = (
  content: string | Buffer,
  options: Partial<LineOptions> = {},
  chunkBytes = 7,
): AsyncGenerator<LineBlock> =>
  lineBlocks(chunked(Buffer.from(content), chunkBytes), { maxLineBytes: 1_000, ...options });

/** The lines, as `number:text`. */
const linesOf = async (...args: Parameters<typeof blocksOf>): Promise<string[]> => {
  const lines: string[] = [];
  for await (const { firstNumber, texts } of blocksOf(...args)) {
    for (const [index, text] of texts.entries()) lines.push(`${firstNumber + index}:${text}`);
  }
  return lines;
};

test("lines end in LF, the last with or without, and are numbered", async () => {
  expect(await linesOf("one\ntwo\n\nfour")).toEqual(["1:one", "2:two", "3:", "4:four"]);
  expect(await linesOf("one\n", { firstNumber: 8 })).toEqual(["8:one"]);
  expect(await linesOf("")).toEqual([]);
});

test("any cut into chunks gives the same lines", async () => {
  const content = fc
    .array(fc.constantFrom("\n", "a", "é", "🥊", '{"key": 1}'))
    .map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(content, fc.integer({ min: 1, max: 9 }), async (text, chunkBytes) => {
      const expected = text.split("\n");
      if (expected.at(-1) === "") expected.pop();
      const numbered = expected.map((line, index) => `${index + 1}:${line}`);
      expect(await linesOf(text, {}, chunkBytes)).toEqual(numbered);
      // A bound that forces lines to be looked at one by one changes nothing.
      expect(await linesOf(text, { maxLineBytes: 100 }, 1_000)).toEqual(numbered);
    }),
  );
});

test("the lines of one chunk come as one block", async () => {
  const blocks = await Array.fromAsync(blocksOf("a\nb\nc", {}, 100));
  expect(blocks).toEqual([
    { firstNumber: 1, texts: ["a", "b"] },
    { firstNumber: 3, texts: ["c"] },
  ]);
});

test("a byte order mark is not part of the first line", async () => {
  expect(await linesOf("\u{feff}one\n\u{feff}two")).toEqual(["1:one", "2:\u{feff}two"]);
  expect(await linesOf("\u{feff}one\n", { firstNumber: 2 })).toEqual(["2:\u{feff}one"]);
});

/** The lines before what goes wrong, and that. */
const untilBad = async (blocks: AsyncIterable<LineBlock>): Promise<unknown[]> => {
  const seen: unknown[] = [];
  try {
    for await (const { texts } of blocks) seen.push(...texts);
  } catch (error) {
    seen.push(error instanceof Error ? error.message : error);
  }
  return seen;
};

test("a line that is not UTF-8 is named, after those before it", async () => {
  const bytes = Buffer.concat([Buffer.from("one\n"), Buffer.from([0xff, 0x0a]), Buffer.from("x")]);
  expect(await untilBad(blocksOf(bytes, {}, 100))).toEqual(["one", "line 2: it is not UTF-8"]);
});

test("a line that is too long is named, before it fills the memory", async () => {
  const tooLong = "line 2: it is longer than 32 bytes, the most that a line may have";
  const maxLineBytes = 32;
  const text = `one\n${"x".repeat(33)}\n`;
  expect(await untilBad(blocksOf(text, { maxLineBytes }, 100))).toEqual(["one", tooLong]);
  let taken = 0;
  async function* endless(): AsyncGenerator<Buffer> {
    yield Buffer.from("one\n");
    for (;;) {
      taken++;
      yield Buffer.from("xxxxxxxx");
    }
  }
  expect(await untilBad(lineBlocks(endless(), { maxLineBytes }))).toEqual(["one", tooLong]);
  expect(taken).toBe(5);
  expect(await untilBad(blocksOf("x".repeat(32), { maxLineBytes }))).toEqual(["x".repeat(32)]);
});
