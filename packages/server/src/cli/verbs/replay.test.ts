import { open } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { boxerdb } from "../../../test/cli/boxerdb.ts";
import { filesIn, storedIn } from "../../../test/cli/stored-files.ts";
import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";

/** A data directory in which "k" was 1 at offset 1 and 2 at offset 2. */
const withStore = async (more = false): Promise<TemporaryDirectory> => {
  const directory = await TemporaryDirectory.create();
  await using store = await open(directory.join("data"));
  await store.database("app").collection("c").put("k", 1);
  await store.database("app").collection("c").put("k", 2);
  if (more) await store.database("other").collection("c").put("k", 3);
  return directory;
};

test("a directory is made as it was before an offset", async () => {
  await using directory = await withStore();
  const [data, into] = [directory.join("data"), directory.join("into")];
  const before = await filesIn(data);
  const { code, out, err } = await boxerdb(["replay", data, "--until", "2", "--into", into]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^replayed app up to offset 2 in \d+\.\d s\n/);
  expect(await filesIn(data)).toEqual(before);
  expect(await storedIn(into)).toEqual({ k: 1 });
  expect(await storedIn(data)).toEqual({ k: 2 });
});

test("a time chooses in all databases, an offset in one", async () => {
  await using directory = await withStore(true);
  const [data, into] = [directory.join("data"), directory.join("into")];
  const several = await boxerdb(["replay", data, "--until", "2", "--into", into]);
  expect(several.code).toBe(2);
  expect(several.err).toContain("name one, or a time");
  const one = ["replay", data, "--until", "2", "--database", "app", "--into", into, "--json"];
  expect(JSON.parse((await boxerdb(one)).out)).toMatchObject({
    databases: [{ name: "app", offset: 2 }],
  });
  const future = new Date(Date.now() + 60_000).toISOString();
  const all = ["replay", data, "--until", future, "--into", directory.join("all"), "--json"];
  expect(JSON.parse((await boxerdb(all)).out)).toMatchObject({
    databases: [{ name: "app" }, { name: "other" }],
  });
});

test("what cannot be had is told, and nothing is made", async () => {
  await using directory = await withStore();
  const [data, into] = [directory.join("data"), directory.join("into")];
  const beyond = await boxerdb(["replay", data, "--until", "99", "--into", into]);
  expect(beyond.code).toBe(2);
  expect(beyond.err).toContain("it was never at 99");
  const args = ["replay", data, "--until", "2", "--database", "none", "--into", into];
  expect((await boxerdb(args)).code).toBe(3);
  expect(await filesIn(into)).toEqual([]);
  expect((await boxerdb(["replay", data, "--until", "2", "--into", data])).code).toBe(6);
});
