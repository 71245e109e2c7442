import { open as openFile, readFile } from "node:fs/promises";

import { open } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { boxerdb } from "../../../test/cli/boxerdb.ts";
import { filesIn, storedIn } from "../../../test/cli/stored-files.ts";
import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";

/** A data directory with three keys, of which the record of "b" is damaged if wished. */
const withStore = async (damaged: boolean): Promise<TemporaryDirectory> => {
  const directory = await TemporaryDirectory.create();
  {
    await using store = await open(directory.join("data"));
    for (const key of ["a", "b", "c"]) {
      await store.database("app").collection("c").put(key, `value of ${key}`);
    }
  }
  if (!damaged) return directory;
  const name = (await filesIn(directory.join("data"))).find((path) => path.endsWith(".log"));
  const path = directory.join("data", name ?? "");
  await using file = await openFile(path, "r+");
  await file.write("X", (await readFile(path)).indexOf("value of b"));
  return directory;
};

test("--dry-run tells exactly what would be lost, and changes nothing", async () => {
  await using directory = await withStore(true);
  const data = directory.join("data");
  const { code, out } = await boxerdb(["repair", data, "--dry-run"]);
  expect(code).toBe(8);
  expect(out).toContain("database app\n");
  expect(out).toContain("  lost: offset 2\n");
  expect(out).toMatch(/damaged at byte \d+, \d+ B: /);
  expect(out).toMatch(/ {2}b in c may lose the write of offset 2: no value is left\n/);
  expect(out).toContain("1 record would be lost, at most.");
  expect((await boxerdb(["verify", data])).code).toBe(8);
  const plan: unknown = JSON.parse((await boxerdb(["repair", data, "--dry-run", "--json"])).out);
  expect(plan).toMatchObject({
    isNeeded: true,
    databases: [{ name: "app", lost: [{ from: 2, to: 3 }] }],
  });
});

test("without a terminal it wants --yes, and then does what it told", async () => {
  await using directory = await withStore(true);
  const data = directory.join("data");
  const refused = await boxerdb(["repair", data], { stdin: "y\n" });
  expect(refused.code).toBe(2);
  expect(refused.out).toContain("lost: offset 2");
  expect(refused.err).toContain("add --yes");
  expect((await boxerdb(["verify", data])).code).toBe(8);

  const repaired = await boxerdb(["repair", data, "--yes"]);
  expect(repaired.code).toBe(0);
  expect(repaired.out).toContain(`The files as they were are in ${data}.damaged`);
  expect((await boxerdb(["verify", data])).code).toBe(0);
  expect(await storedIn(data)).toEqual({ a: "value of a", c: "value of c" });
  expect(await filesIn(`${data}.damaged`)).toContain("STORE");
});

test("a person is asked", async () => {
  await using directory = await withStore(true);
  const data = directory.join("data");
  const declined = await boxerdb(["repair", data], { columns: 100, stdin: "n\n" });
  expect(declined.code).toBe(1);
  expect(declined.err).toContain("nothing was changed");
  expect((await boxerdb(["verify", data])).code).toBe(8);
  expect((await boxerdb(["repair", data], { columns: 100, stdin: "y\n" })).code).toBe(0);
  expect((await boxerdb(["verify", data])).code).toBe(0);
});

test("a person who wants JSON is told what is lost before being asked", async () => {
  await using directory = await withStore(true);
  const line = ["repair", directory.join("data"), "--json"];
  const { code, out, err } = await boxerdb(line, { columns: 100, stdin: "y\n" });
  expect(code).toBe(0);
  expect(err).toMatch(/lost: offset 2\n[^]*\[y\/N\]/);
  expect(JSON.parse(out)).toMatchObject({ plan: { isNeeded: true } });
});

test("--json tells what was done", async () => {
  await using directory = await withStore(true);
  const { code, out } = await boxerdb(["repair", directory.join("data"), "--yes", "--json"]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    plan: { isNeeded: true },
    originals: `${directory.join("data")}.damaged`,
    storeId: expect.any(String),
  });
});

test("where there is no damage, nothing is asked or done", async () => {
  await using directory = await withStore(false);
  const data = directory.join("data");
  expect(await boxerdb(["repair", data])).toEqual({
    code: 0,
    out: `no damage was found in ${data}: there is nothing to repair\n`,
    err: "",
  });
  expect((await boxerdb(["repair", data, "--dry-run", "--json"])).code).toBe(0);
});

test("a directory that is in use or not there is told", async () => {
  await using directory = await withStore(false);
  await using store = await open(directory.join("data"));
  const { code, err } = await boxerdb(["repair", directory.join("data"), "--dry-run"]);
  expect(code).toBe(6);
  expect(err).toContain("in use");
  expect((await boxerdb(["repair", directory.join("none"), "--dry-run"])).code).toBe(6);
  expect(store.databases()).toHaveLength(1);
});
