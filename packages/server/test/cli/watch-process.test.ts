import { createInterface } from "node:readline";

import { expect, onTestFinished, test } from "vitest";

import { eventually } from "../eventually.ts";
import { startProcess, type ServedProcess } from "../served-process.ts";

import { startBoxerdb } from "./cli-process.ts";
import { TemporaryDirectory } from "./temporary-directory.ts";

/** A real server in a process of its own, which does not outlive the test. */
const startServer = async (dataDir: string, ...flags: string[]): Promise<ServedProcess> => {
  const server = await startProcess(dataDir, ...flags);
  onTestFinished(() => {
    server.process.kill("SIGKILL");
  });
  return server;
};

const put = async (url: string, key: string): Promise<void> => {
  const response = await fetch(`${url}/api/v1/${key}`, {
    method: "PUT",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ value: key }),
  });
  expect(response.status).toBe(200);
};

test("watching goes on over a kill -9 of the server, and Ctrl-C ends it with 0", async () => {
  await using directory = await TemporaryDirectory.create();
  const data = directory.join("data");
  const first = await startServer(data);
  await put(first.url, "one");
  const watching = startBoxerdb(["watch", "--from", "0", "--json", "--url", first.url]);
  const keys: unknown[] = [];
  createInterface({ input: watching.stdout }).on("line", (line) => {
    keys.push(JSON.parse(line).key);
  });
  const seen = (expected: readonly string[]) => eventually(() => expect(keys).toEqual(expected));
  await seen(["one"]);
  await put(first.url, "two");
  first.process.kill("SIGKILL");
  await first.exited;
  const second = await startServer(data, "--port", new URL(first.url).port);
  await put(second.url, "three");
  await seen(["one", "two", "three"]);
  const ended = new Promise((resolve) => {
    watching.once("close", resolve);
  });
  watching.kill("SIGINT");
  expect(await ended).toBe(0);
});
