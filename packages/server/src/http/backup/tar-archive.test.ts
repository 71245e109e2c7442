import { execFile } from "node:child_process";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";

import { expect, test } from "vitest";

import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";

import { archiveBytes, archiveOf } from "./tar-archive.ts";

const run = promisify(execFile);
const modified = new Date("2026-03-01T12:00:00Z");

/** Lengths around those of blocks and chunks, and names up to the longest that databases have. */
const contents: Readonly<Record<string, number>> = {
  empty: 0,
  one: 1,
  "databases/a/block": 512,
  "databases/a/more": 513,
  "databases/ü/chunks": (512 << 10) + 7,
  [`databases/${"+a".repeat(120)}/0000000000000000.log`]: 1_000,
  [`databases/${"n".repeat(128)}/0000000000000000-0000000000001000.log`]: 3,
};

test("the archive has the length that was told, and tar extracts what was put in", async () => {
  await using directory = await TemporaryDirectory.create();
  const files = Object.entries(contents).map(([path, bytes]) => ({ path, bytes }));
  for (const { path, bytes } of files) {
    await mkdir(dirname(directory.join("from", path)), { recursive: true });
    await writeFile(directory.join("from", path), Buffer.alloc(bytes, path));
  }
  const chunks = await Array.fromAsync(archiveOf(directory.join("from"), files, modified));
  const archive = Buffer.concat(chunks);
  expect(archive.byteLength).toBe(archiveBytes(files, modified));
  expect(Math.max(...chunks.map(({ byteLength }) => byteLength))).toBeLessThanOrEqual(256 << 10);
  await mkdir(directory.join("to"));
  await writeFile(directory.join("a.tar"), archive);
  const extraction = ["-x", "-v", "-f", directory.join("a.tar"), "-C", directory.join("to")];
  const { stdout, stderr } = await run("tar", extraction);
  expect(stderr).toBe("");
  expect(stdout.trimEnd().split("\n")).toHaveLength(files.length);
  for (const { path, bytes } of files) {
    const extracted = await readFile(directory.join("to", path));
    expect(extracted.equals(Buffer.alloc(bytes, path))).toBe(true);
  }
});

test("a file that is shorter than was told ends the archive with an error", async () => {
  await using directory = await TemporaryDirectory.create();
  await writeFile(directory.join("short"), "12345");
  const archive = archiveOf(directory.path, [{ path: "short", bytes: 6 }], modified);
  await expect(Array.fromAsync(archive)).rejects.toThrow("short ends at byte 5, before 6");
});
