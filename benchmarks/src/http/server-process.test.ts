import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterAll, beforeAll, expect, test } from "vitest";

import { answers, ServerProcess } from "./server-process.ts";

const server = new URL("servers/node-server.ts", import.meta.url);
let directory = "";

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "boxerdb-server-process-"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
});

const script = async (name: string, text: string): Promise<URL> => {
  const path = join(directory, name);
  await writeFile(path, text);
  return pathToFileURL(path);
};

/** Whether there is a process of that number. */
const isRunning = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("a server is there when its URL is known, and gone when it is disposed of", async () => {
  const running = await ServerProcess.startScript(server);
  const url = await running.firstUrl();
  expect(await answers(url)).toBe(true);
  await running[Symbol.asyncDispose]();
  expect(await answers(url)).toBe(false);
  expect(isRunning(running.pid)).toBe(false);
});

test("a server that ends by itself is told with what it said", async () => {
  const failing = await script("failing.mjs", 'console.error("no such disk"); process.exit(3);');
  const running = await ServerProcess.startScript(failing);
  await expect(running.firstUrl()).rejects.toThrow("no such disk");
  await expect(running[Symbol.asyncDispose]()).rejects.toThrow("ended by itself: no such disk");
});

test("a program that is not there is told at once", async () => {
  await expect(ServerProcess.start("no-such-program", [])).rejects.toThrow("ENOENT");
});

test("servers end with the process that started them", async () => {
  const starter = await script(
    "starter.mts",
    `import { ServerProcess } from ${JSON.stringify(new URL("server-process.ts", import.meta.url))};
     const running = await ServerProcess.startScript(new URL(${JSON.stringify(server)}));
     const url = await running.firstUrl();
     process.on("SIGINT", () => process.exit(130));
     console.log(url);`,
  );
  const running = await ServerProcess.startScript(starter);
  const url = await running.firstUrl();
  expect(await answers(url)).toBe(true);
  // The system closes it when the server has ended, and not before.
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  // It may be reset, too; `once` of "close" would take that for a failure.
  socket.on("error", () => {});
  await once(socket, "connect");
  const closed = new Promise((resolve) => socket.once("close", resolve));
  process.kill(running.pid, "SIGINT");
  await closed;
  expect(await answers(url)).toBe(false);
});
