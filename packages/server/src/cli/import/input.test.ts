import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";

import { afterAll, beforeAll, expect, test } from "vitest";

import { content, openInput, type Input } from "./input.ts";

let directory = "";
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "boxerdb-input-"));
});
afterAll(async () => {
  await rm(directory, { recursive: true });
});

const inputOf = (...chunks: Buffer[]): Input => ({
  name: "test",
  stream: Readable.from(chunks),
  totalBytes: undefined,
});

const readAll = async (input: Input): Promise<{ text: string; readBytes: number }> => {
  let readBytes = 0;
  const chunks = await Array.fromAsync(
    content(input, (bytes) => {
      readBytes = bytes;
    }),
  );
  return { text: Buffer.concat(chunks).toString(), readBytes };
};

const text = "some lines\n".repeat(10_000);
const zipped = gzipSync(text);

test("plain text is read as it is, and counted", async () => {
  expect(await readAll(inputOf(Buffer.from("a"), Buffer.from("bc")))).toEqual({
    text: "abc",
    readBytes: 3,
  });
  expect(await readAll(inputOf())).toEqual({ text: "", readBytes: 0 });
  expect(await readAll(inputOf(Buffer.from("x")))).toEqual({ text: "x", readBytes: 1 });
});

test("gzip is known by its first bytes, however they arrive, and counted as stored", async () => {
  const expected = { text, readBytes: zipped.length };
  expect(await readAll(inputOf(zipped))).toEqual(expected);
  expect(await readAll(inputOf(zipped.subarray(0, 1), zipped.subarray(1)))).toEqual(expected);
});

test("several gzip files in one are one text", async () => {
  expect((await readAll(inputOf(Buffer.concat([zipped, zipped])))).text).toBe(text + text);
});

test("gzip that is cut short or damaged is told", async () => {
  const cut = inputOf(zipped.subarray(0, 100));
  await expect(readAll(cut)).rejects.toThrow("test is damaged or cut short, as gzip");
  const damaged = Buffer.from(zipped);
  damaged.fill(0xff, 20, 60);
  await expect(readAll(inputOf(damaged))).rejects.toThrow("test is damaged or cut short, as gzip");
});

test("a file is opened with its size; what cannot be read is told", async () => {
  const path = join(directory, "file.ndjson.gz");
  await writeFile(path, zipped);
  const input = await openInput(path, Readable.from([]));
  expect(input.totalBytes).toBe(zipped.length);
  expect((await readAll(input)).text).toBe(text);
  const missing = join(directory, "missing");
  await expect(openInput(missing, Readable.from([]))).rejects.toThrow("there is no such file");
  await expect(openInput(directory, Readable.from([]))).rejects.toThrow("it is a directory");
});
