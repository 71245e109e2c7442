import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { LockedError, open } from "@boxerdb/engine";
import { afterEach, beforeEach, expect, test } from "vitest";

const holderScript = join(import.meta.dirname, "store-holder.ts");

let directory: string;
const started: ChildProcess[] = [];

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "boxerdb-two-"));
});

afterEach(async () => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
  await rm(directory, { recursive: true });
});

/** Starts a process on the directory; resolves when it has said whether it could open it. */
async function start(): Promise<{ readonly child: ChildProcess; readonly said: string }> {
  const args = ["--conditions=source", holderScript, directory];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  started.push(child);
  const lines = createInterface({ input: child.stdout });
  const [said]: string[] = await once(lines, "line");
  return { child, said: said ?? "" };
}

test("a second process on a directory exits and says who has it; the first goes on", async () => {
  const first = await start();
  expect(first.said).toBe("open");

  const second = await start();
  expect(second.said).toMatch(/^LOCKED: /);
  expect(second.said).toContain(directory);
  expect(await once(second.child, "exit")).toEqual([3, null]);
  await expect(open(directory)).rejects.toThrow(LockedError);

  first.child.stdin?.end();
  expect(await once(first.child, "exit")).toEqual([0, null]);
  await using store = await open(directory);
  expect(store.database("app").collection("c").getSync("holder")).toBe(first.child.pid);
});

test("a process that was killed leaves the directory to the next one", async () => {
  const first = await start();
  first.child.kill("SIGKILL");
  await once(first.child, "exit");

  const second = await start();
  expect(second.said).toBe("open");
});

test("one process opens a directory once at a time", async () => {
  const store = await open(directory);
  await expect(open(directory)).rejects.toThrow(LockedError);
  await store.close();
  await (await open(directory)).close();
});
