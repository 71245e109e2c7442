import { execFile } from "node:child_process";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { promisify } from "node:util";

import { restoreBackup, verifyBackup } from "@boxerdb/engine";
import { afterAll, beforeAll, expect, test } from "vitest";

import { storedIn } from "../../../test/cli/stored-files.ts";
import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";
import { putting, sending, startTestNode, type TestNode } from "../../../test/test-node.ts";

const run = promisify(execFile);

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
  for (const key of ["a", "b"]) {
    await node.app.request(`/api/v2/app/c/${key}`, putting(key.repeat(100_000)));
  }
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
});

/** What is left in the data directory of backups under way. */
const staged = (): Promise<string[]> =>
  readdir(`${node.store.directory}/backups.partial`).catch(() => []);

test("a backup comes as an archive that tar extracts and restore takes", async () => {
  await using directory = await TemporaryDirectory.create();
  const response = await node.app.request("/api/v2/_backup");
  expect(response.status).toBe(200);
  expect(response.headers.get("content-type")).toBe("application/x-tar");
  expect(response.headers.get("content-disposition")).toMatch(
    /^attachment; filename="boxerdb-\d{4}-[\d-]+T[\d-]+Z\.tar"$/,
  );
  const archive = Buffer.from(await response.arrayBuffer());
  expect(response.headers.get("content-length")).toBe(String(archive.byteLength));
  expect(await staged()).toEqual([]);

  await mkdir(directory.join("backup"));
  await writeFile(directory.join("backup.tar"), archive);
  const tar = ["-x", "-v", "-f", directory.join("backup.tar"), "-C", directory.join("backup")];
  const { stdout } = await run("tar", tar);
  expect(stdout.trimEnd().split("\n").slice(-2)).toEqual(["STORE", "BACKUP"]);
  const { databases } = await verifyBackup(directory.join("backup"));
  expect(databases).toMatchObject([{ name: "app", offset: 3 }]);
  await restoreBackup(directory.join("backup"), directory.join("restored"));
  expect(await storedIn(directory.join("restored"))).toEqual({
    a: "a".repeat(100_000),
    b: "b".repeat(100_000),
  });
});

test("a client that goes leaves nothing on the disk, before the first byte or after it", async () => {
  const unread = await node.app.request("/api/v2/_backup");
  expect(await staged()).toHaveLength(1);
  await unread.body?.cancel();
  expect(await staged()).toEqual([]);

  const begun = await node.app.request("/api/v2/_backup");
  const reader = begun.body?.getReader();
  expect((await reader?.read())?.value?.byteLength).toBeGreaterThan(0);
  await reader?.cancel();
  expect(await staged()).toEqual([]);

  const signal = AbortSignal.abort();
  const request = new Request("http://localhost/api/v2/_backup", { signal });
  expect((await node.app.request(request)).status).toBe(503);
  expect(await staged()).toEqual([]);
});

test("HEAD makes no backup; other methods and parameters are refused", async () => {
  const head = await node.app.request("/api/v2/_backup", { method: "HEAD" });
  expect(head.status).toBe(200);
  expect(await staged()).toEqual([]);
  expect((await node.app.request("/api/v2/_backup?fast=1")).status).toBe(400);
  expect((await node.app.request("/api/v2/_backup", sending("POST", {}))).status).toBe(405);
});

test("pages of other sites cause no backup, unless their origin is allowed", async () => {
  const page = "https://app.example";
  await using other = await startTestNode({ api: { corsOrigins: [page] } });
  const asked = async (headers: Readonly<Record<string, string>>) => {
    const response = await other.app.request("/api/v2/_backup", { headers });
    if (response.status === 200) await response.body?.cancel();
    else expect(await response.json()).toMatchObject({ code: "other_site" });
    return response.status;
  };
  expect(await asked({ "sec-fetch-site": "cross-site" })).toBe(403);
  // Another port of this machine is the same site.
  expect(await asked({ "sec-fetch-site": "same-site" })).toBe(403);
  expect(await asked({ "sec-fetch-site": "cross-site", origin: "https://evil.example" })).toBe(403);
  expect(await asked({ "sec-fetch-site": "cross-site", origin: page })).toBe(200);
  // The page of the API itself, and an address that somebody typed.
  expect(await asked({ "sec-fetch-site": "same-origin" })).toBe(200);
  expect(await asked({ "sec-fetch-site": "none" })).toBe(200);
});
