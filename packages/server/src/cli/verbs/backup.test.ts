import { readdir } from "node:fs/promises";

import { afterEach, beforeEach, expect, test } from "vitest";

import { boxerdb, talkingTo, type Ended } from "../../../test/cli/boxerdb.ts";
import { problem, ScriptedServer } from "../../../test/cli/scripted-server.ts";
import { filesIn, storedIn } from "../../../test/cli/stored-files.ts";
import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";
import { startTestServer, type TestServer } from "../../../test/test-server.ts";

let directory: TemporaryDirectory;
let server: TestServer;
beforeEach(async () => {
  directory = await TemporaryDirectory.create();
  server = await startTestServer({ dataDir: directory.join("data") });
  await run("put", "k", "1", "--database", "app", "--collection", "c");
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const run = (...args: string[]): Promise<Ended> =>
  boxerdb(args, { environment: talkingTo(server) });

test("a server is backed up while it runs, and restored", async () => {
  const backup = directory.join("backup");
  const { code, out, err } = await run("backup", backup);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^backed up app up to offset 2 in \d+\.\d s, and read it back\n/);
  expect(await readdir(directory.join("data", "backups.partial"))).toEqual([]);
  await run("put", "k", "2", "--database", "app", "--collection", "c");
  const restored = directory.join("restored");
  expect((await run("restore", backup, restored)).code).toBe(0);
  expect(await storedIn(restored)).toEqual({ k: 1 });
});

test("a directory is backed up when no server has it", async () => {
  const [data, backup] = [directory.join("data"), directory.join("backup")];
  const busy = await run("backup", backup, "--data-dir", data);
  expect(busy.code).toBe(6);
  expect(busy.err).toContain("in use");
  await server.server.close();
  const { code, out } = await run("backup", backup, "--data-dir", data, "--json");
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    directory: backup,
    databases: [{ name: "app", offset: 2 }],
  });
  expect((await run("restore", backup, directory.join("restored"))).code).toBe(0);
  const none = await run("backup", directory.join("b"), "--data-dir", directory.join("none"));
  expect(none.code).toBe(6);
});

test("a directory that holds something is left alone", async () => {
  const { code, err } = await run("backup", directory.join("data"));
  expect(code).toBe(6);
  expect(err).toContain("name an empty or a new directory");
});

test.each([
  [problem(503, "disk_full", "the disk is full"), 5, "the disk is full"],
  [{ status: 200, body: "not a backup" }, 6, "what was sent is no"],
  ["cut" as const, 5, "the connection to"],
])("where %j is answered, nothing is left", async (answer, code, message) => {
  await using other = await ScriptedServer.start(() => answer);
  const backup = directory.join("backup");
  const ended = await run("backup", backup, "--url", other.url);
  expect(ended.code).toBe(code);
  expect(ended.err).toContain(message);
  expect(await filesIn(backup)).toEqual([]);
  expect(await readdir(directory.path)).toEqual(["data"]);
});
