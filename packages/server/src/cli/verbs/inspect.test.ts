import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { open } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { boxerdb } from "../../../test/cli/boxerdb.ts";
import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";

/** Writes a small store: three puts and a delete in one database, a put of bytes in another. */
const writeStore = async (directory: string): Promise<void> => {
  await using store = await open(directory);
  const users = store.database("app").collection("users");
  await users.put("ada", { born: 1815 });
  await users.put("a\nb", "second");
  await users.put("long key", "x".repeat(100));
  await users.delete("ada");
  await store.database("bytes").collection("files").put("f", new Uint8Array(2_000));
};

/** Everything that differs from run to run, made the same. */
const timeless = (text: string, directory: string): string =>
  text
    .replaceAll(directory, "<directory>")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replaceAll(/databases\/[^/]+\//g, "databases/<id>/");

const logFiles = async (directory: string): Promise<string[]> =>
  (await readdir(directory, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith(".log"))
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();

test("records are shown a line each, under their file", async () => {
  await using directory = await TemporaryDirectory.create();
  await writeStore(directory.join("data"));
  const { code, out, err } = await boxerdb(["inspect", directory.join("data")]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const lines = timeless(out, directory.join("data")).split("\n");
  expect(lines[0]).toMatch(/^# database app, <directory>\/databases\/<id>\/.*$/);
  expect(lines.slice(1, 6).map((line) => line.replace(/ \d+ {2}users/, " ## users"))).toEqual([
    expect.stringMatching(/^0 {2}<time> {2}1 {2}epoch +\d+$/),
    expect.stringMatching(/^1 {2}<time> {2}1 {2}put {4,}.* ada {7}\{"born":1815\}$/),
    expect.stringMatching(/^2 {2}<time> {2}1 {2}put {4,}.* "a\\nb" {4}"second"$/),
    expect.stringMatching(/^3 {2}<time> {2}1 {2}put {4,}.* long key {2}"x{100}"$/),
    expect.stringMatching(/^4 {2}<time> {2}1 {2}delete.* ada$/),
  ]);
  expect(lines[6]).toMatch(/^# database bytes, /);
  expect(lines[8]).toMatch(/ f {9}\(2\.0 KiB\)$/);
});

test("a database, an offset and a number of records choose", async () => {
  await using directory = await TemporaryDirectory.create();
  await writeStore(directory.join("data"));
  const args = ["inspect", directory.join("data"), "--json"];
  const offsets = async (...more: string[]): Promise<unknown[]> =>
    (await boxerdb([...args, ...more])).out
      .split("\n")
      .slice(0, -1)
      .map((line): { type: string; offset?: number } => JSON.parse(line))
      .flatMap(({ type, offset }) => (type === "record" ? [offset] : []));
  expect(await offsets("--database", "app")).toEqual([0, 1, 2, 3, 4]);
  expect(await offsets("--database", "app", "--from", "2", "--limit", "2")).toEqual([2, 3]);
  expect(await offsets("--database", "app", "--limit", "0")).toEqual([]);
  expect(await offsets()).toHaveLength(7);
});

test("--json tells bytes as base64", async () => {
  await using directory = await TemporaryDirectory.create();
  await writeStore(directory.join("data"));
  const args = ["inspect", directory.join("data"), "--database", "bytes", "--from", "1", "--json"];
  const lines = (await boxerdb(args)).out.trimEnd().split("\n");
  const items = lines.map((line): { type: string } => JSON.parse(line));
  expect(items.find(({ type }) => type === "record")).toMatchObject({
    type: "record",
    kind: "put",
    key: "f",
    base64: Buffer.alloc(2_000).toString("base64"),
  });
});

test("what is not a store, or not in it, is told", async () => {
  await using directory = await TemporaryDirectory.create();
  await writeStore(directory.join("data"));
  const missing = await boxerdb(["inspect", directory.join("missing")]);
  expect(missing.code).toBe(6);
  expect(missing.err).toContain("missing");
  expect((await boxerdb(["inspect", directory.path])).code).toBe(6);
  const noDatabase = await boxerdb(["inspect", directory.join("data"), "--database", "none"]);
  expect(noDatabase.code).toBe(3);
  expect(noDatabase.err).toContain("there is no database none in ");
});

test.each(["inspect", "verify"])("%s finds a damaged byte, and where it is", async (verb) => {
  await using directory = await TemporaryDirectory.create();
  const data = directory.join("data");
  await writeStore(data);
  expect((await boxerdb([verb, data])).code).toBe(0);
  const [path = ""] = await logFiles(data);
  const bytes = await readFile(path);
  // In the middle of the first log: there are groups before and behind it.
  const middle = bytes.length >> 1;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 1, middle);
  await writeFile(path, bytes);
  const { code, out } = await boxerdb([verb, data]);
  expect(code).toBe(8);
  expect(out).toContain(`! ${path}: damaged at byte `);
});

test.each(["inspect", "verify"])(
  "%s takes a write that was cut short for no damage",
  async (verb) => {
    await using directory = await TemporaryDirectory.create();
    const data = directory.join("data");
    await writeStore(data);
    const [path = ""] = await logFiles(data);
    await writeFile(path, "an unfinished write", { flag: "a" });
    const { code, out } = await boxerdb([verb, data]);
    expect(code).toBe(0);
    expect(out).toContain("the next start cuts it off");
  },
);

test("verify counts what it has read", async () => {
  await using directory = await TemporaryDirectory.create();
  await writeStore(directory.join("data"));
  const { code, out } = await boxerdb(["verify", directory.join("data")]);
  expect(code).toBe(0);
  expect(out).toMatch(
    /^database {2}files {2}records .*\napp {11}1 {8}5 .*\nbytes {9}1 {8}2 .*\nno damage was found\n$/,
  );
  const json = await boxerdb(["verify", directory.join("data"), "--json"]);
  expect(JSON.parse(json.out)).toMatchObject({
    ok: true,
    databases: [{ name: "app", records: 5 }, {}],
  });
  expect((await boxerdb(["verify", directory.join("missing")])).code).toBe(6);
});
