import { open as openFile, readFile } from "node:fs/promises";

import { open } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { boxerdb } from "../../../test/cli/boxerdb.ts";
import { filesIn } from "../../../test/cli/stored-files.ts";
import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";
import { startTestServer } from "../../../test/test-server.ts";

/** A directory with a `data` of one value, which has a checkpoint. */
const withStore = async (): Promise<TemporaryDirectory> => {
  const directory = await TemporaryDirectory.create();
  await using store = await open(directory.join("data"));
  await store.database("app").collection("c").put("k", "the value");
  return directory;
};

/** Writes something else to where a text stands, in the file whose name ends so. */
const damage = async (directory: string, suffix: string, text?: string): Promise<void> => {
  const name = (await filesIn(directory)).find((path) => path.endsWith(suffix));
  const path = `${directory}/${name ?? ""}`;
  const position = text === undefined ? 100 : (await readFile(path)).indexOf(text);
  await using file = await openFile(path, "r+");
  await file.write(Buffer.from([0xff, 0xfe]), 0, 2, position);
};

test("a sound directory is told with its checkpoints", async () => {
  await using directory = await withStore();
  const { code, out, err } = await boxerdb(["verify", directory.join("data")]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const [titles, row, judgement] = out.split("\n");
  expect(titles).toMatch(/^database +files +records +size +end offset +checkpoints +damage$/);
  expect(row).toMatch(/^app +1 +2 +[\d.]+ (K?i?B) +2 +1 +0$/);
  expect(judgement).toBe("no damage was found");
  const { out: json } = await boxerdb(["verify", directory.join("data"), "--json"]);
  expect(JSON.parse(json)).toMatchObject({ ok: true, databases: [{ checkpoints: [{}] }] });
});

test("damage is told, and how to see what a repair would lose", async () => {
  await using directory = await withStore();
  const data = directory.join("data");
  await damage(data, ".log", "the value");
  const { code, out } = await boxerdb(["verify", data]);
  expect(code).toBe(8);
  expect(out).toMatch(/! .*\.log: damaged at byte \d+, /);
  expect(out).toContain("damage was found in 1 place");
  expect(out).toContain("boxerdb repair <directory> --dry-run");
});

test("a checkpoint that cannot be used is told, and is no damage", async () => {
  await using directory = await withStore();
  const data = directory.join("data");
  const checkpoint = (await filesIn(data)).find((path) => path.includes("checkpoint"));
  await damage(data, checkpoint ?? "no checkpoint");
  const { code, out } = await boxerdb(["verify", data]);
  expect(code).toBe(0);
  expect(out).toContain("0 of 1 usable");
  expect(out).toMatch(/this checkpoint cannot be used \(.+\); the next start takes longer/);
});

test("a running server is verified with its index, all of it or one database", async () => {
  await using directory = await withStore();
  await using server = await startTestServer({ dataDir: directory.join("data") });
  const { code, out, err } = await boxerdb(["verify", server.url]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^database +files +records +size +end offset +keys in index +damage\napp /);
  expect(out).toContain("no damage was found, and the index is right");
  const json = await boxerdb(["verify", server.url, "--database", "app", "--json"]);
  expect(JSON.parse(json.out)).toMatchObject({ ok: true, databases: [{ name: "app" }] });
  await damage(directory.join("data"), ".log", "the value");
  const damaged = await boxerdb(["verify", server.url]);
  expect(damaged.code).toBe(8);
  expect(damaged.out).toContain("this node is not as it should be");
});

test("a database or a directory that is not there is told", async () => {
  await using directory = await withStore();
  const none = await boxerdb(["verify", directory.join("data"), "--database", "none"]);
  expect(none.code).toBe(3);
  expect((await boxerdb(["verify", directory.join("none")])).code).toBe(6);
  await using server = await startTestServer({ dataDir: directory.join("data") });
  expect((await boxerdb(["verify", server.url, "--database", "none"])).code).toBe(3);
  expect((await boxerdb(["verify", "http://127.0.0.1:1"])).code).toBe(5);
});
