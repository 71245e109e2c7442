import { appendFile, mkdir, writeFile } from "node:fs/promises";

import { open } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { boxerdb } from "../../../test/cli/boxerdb.ts";
import { filesIn, storedIn } from "../../../test/cli/stored-files.ts";
import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";

/** A directory with a `backup` in it, of a store with one value. */
const withBackup = async (): Promise<TemporaryDirectory> => {
  const directory = await TemporaryDirectory.create();
  await using store = await open(directory.join("data"));
  await store.database("app").collection("c").put("k", 1);
  await store.backup(directory.join("backup"));
  return directory;
};

test("a backup becomes a data directory, and how to serve it is told", async () => {
  await using directory = await withBackup();
  const [backup, restored] = [directory.join("backup"), directory.join("restored")];
  const { code, out, err } = await boxerdb(["restore", backup, restored]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^restored app up to offset 2, as backed up at \d{4}-.*Z, in \d+\.\d s\n/);
  expect(out).toContain(`boxerdb serve --data-dir ${restored}`);
  expect(await storedIn(restored)).toEqual({ k: 1 });
});

test("--json tells the offsets", async () => {
  await using directory = await withBackup();
  const args = ["restore", directory.join("backup"), directory.join("restored"), "--json"];
  expect(JSON.parse((await boxerdb(args)).out)).toMatchObject({
    directory: directory.join("restored"),
    backup: { databases: [{ name: "app", offset: 2 }] },
    durationMs: expect.any(Number),
  });
});

test("a directory that holds something is left alone", async () => {
  await using directory = await withBackup();
  await mkdir(directory.join("full"));
  await writeFile(directory.join("full", "mine"), "mine");
  const args = ["restore", directory.join("backup"), directory.join("full")];
  const { code, err } = await boxerdb(args);
  expect(code).toBe(6);
  expect(err).toContain("holds mine: name an empty or a new directory");
  expect(await filesIn(directory.join("full"))).toEqual(["mine"]);
});

test("what is no backup, or is not as it was, is refused", async () => {
  await using directory = await withBackup();
  const target = directory.join("restored");
  const none = await boxerdb(["restore", directory.join("data"), target]);
  expect(none.code).toBe(6);
  expect(none.err).toContain("has no file BACKUP");
  const [file] = (await filesIn(directory.join("backup"))).filter((name) => name.endsWith(".log"));
  await appendFile(directory.join("backup", file ?? ""), "more");
  const changed = await boxerdb(["restore", directory.join("backup"), target]);
  expect(changed.code).toBe(6);
  expect(changed.err).toContain("is not as it was when the backup was made");
  expect(await filesIn(target)).toEqual([]);
});
