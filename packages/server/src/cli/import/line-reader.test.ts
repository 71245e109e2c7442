import * as fc from "fast-check";
import { expect, test } from "vitest";

import { readLines, type Line } from "./line-reader.ts";

async function* chunked(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let start = 0; start < bytes.length; start += size)
    yield bytes.subarray(start, start + size);
}

const linesOf = async (text: string | Buffer, chunkBytes = 7): Promise<Line[]> =>
  await Array.fromAsync(readLines(chunked(Buffer.from(text), chunkBytes)));

test("lines end in LF or CRLF, the last with or without", async () => {
  expect(await linesOf("one\ntwo\r\n\nfour")).toEqual([
    { number: 1, text: "one" },
    { number: 2, text: "two" },
    { number: 3, text: "" },
    { number: 4, text: "four" },
  ]);
  expect(await linesOf("one\n")).toEqual([{ number: 1, text: "one" }]);
  expect(await linesOf("")).toEqual([]);
});

test("any cut into chunks gives the same lines", async () => {
  const text = fc
    .array(fc.constantFrom("\n", "\r\n", "a", "é", "🥊", '{"key": 1}'))
    .map((parts) => parts.join(""));
  await fc.assert(
    fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (content, chunkBytes) => {
      const expected = content.split(/\r?\n/);
      if (expected.at(-1) === "") expected.pop();
      const lines = await linesOf(content, chunkBytes);
      expect(lines.map((line) => line.text)).toEqual(expected);
      expect(lines.map((line) => line.number)).toEqual(expected.map((_, index) => index + 1));
    }),
  );
});

test("a byte order mark is not part of the first line", async () => {
  expect(await linesOf("\u{feff}one\ntwo")).toEqual([
    { number: 1, text: "one" },
    { number: 2, text: "two" },
  ]);
});

test("a line that is not UTF-8 is named", async () => {
  const bytes = Buffer.concat([Buffer.from("one\n"), Buffer.from([0xff, 0x0a])]);
  await expect(linesOf(bytes)).rejects.toThrow("line 2 is not UTF-8");
});

test("a line without an end is refused before it fills the memory", async () => {
  const lines = readLines(chunked(Buffer.from(`one\n${"x".repeat(100)}`), 8), 32);
  await expect(Array.fromAsync(lines)).rejects.toThrow("line 2 is longer than 32 bytes");
});
