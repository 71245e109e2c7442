import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { inScratchDirectory } from "./scratch-directory.ts";

let parent = "";
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "boxerdb-scratch-"));
});
afterEach(async () => {
  await rm(parent, { recursive: true });
});

const fill = async (directory: string): Promise<void> => {
  await mkdir(join(directory, "data"));
  await writeFile(join(directory, "data", "log"), "x");
};

test("the directory is there for the work, and gone after it", async () => {
  const names = await inScratchDirectory(parent, async (directory) => {
    await fill(directory);
    return await readdir(parent);
  });
  expect(names).toEqual([expect.stringMatching(/^boxerdb-bench-/)]);
  expect(await readdir(parent)).toEqual([]);
});

test("it is gone after work that failed", async () => {
  const work = inScratchDirectory(parent, async (directory) => {
    await fill(directory);
    throw new Error("too slow");
  });
  await expect(work).rejects.toThrow("too slow");
  expect(await readdir(parent)).toEqual([]);
});

test.each(["SIGINT", "SIGTERM"] as const)("it is gone after %s", async (signal) => {
  const module = new URL("scratch-directory.ts", import.meta.url).href;
  const script = `
    const { inScratchDirectory } = await import(${JSON.stringify(module)});
    await inScratchDirectory(${JSON.stringify(parent)}, () => {
      console.log("working");
      return new Promise(() => setInterval(() => {}, 1_000));
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "--eval", script]);
  await once(child.stdout, "data");
  expect(await readdir(parent)).toHaveLength(1);
  child.kill(signal);
  const [code] = await once(child, "exit");
  expect(code).toBe(130);
  expect(await readdir(parent)).toEqual([]);
});
