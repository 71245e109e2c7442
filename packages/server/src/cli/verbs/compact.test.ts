import { open } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { boxerdb, talkingTo } from "../../../test/cli/boxerdb.ts";
import { ScriptedServer } from "../../../test/cli/scripted-server.ts";
import { storedIn } from "../../../test/cli/stored-files.ts";
import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";
import { startTestServer } from "../../../test/test-server.ts";

/** A data directory of small segments in which most was replaced. */
const withGarbage = async (directory: string): Promise<void> => {
  await using store = await open(directory, { segmentBytes: 4096, compaction: "manual" });
  const collection = store.database("app").collection("c");
  for (let round = 0; round < 12; round++) await collection.put("k", `${round} `.repeat(500));
  await store.database("other").collection("c").put("k", 1);
};

test("a directory is compacted, and what was freed is told", async () => {
  await using directory = await TemporaryDirectory.create();
  const data = directory.join("data");
  await withGarbage(data);
  const { code, out, err } = await boxerdb(["compact", data, "--json"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const told: { databases: { name: string; bytesBefore: number; bytesAfter: number }[] } =
    JSON.parse(out);
  expect(told.databases.map(({ name }) => name)).toEqual(["app", "other"]);
  const [app] = told.databases;
  expect(app?.bytesAfter).toBeLessThan((app?.bytesBefore ?? 0) / 2);
  expect(await storedIn(data)).toEqual({ k: "11 ".repeat(500) });
  const again = await boxerdb(["compact", data, "--database", "app"]);
  expect(again.out).toMatch(
    /^database +before +after +runs\napp .* 0\nnothing was worth compacting/,
  );
});

test("a directory that is missing, in use or without the database is told", async () => {
  await using directory = await TemporaryDirectory.create();
  const data = directory.join("data");
  const none = await boxerdb(["compact", data]);
  expect(none.code).toBe(6);
  expect(none.err).toContain("is not a data directory of BoxerDB");
  await withGarbage(data);
  expect((await boxerdb(["compact", data, "--database", "none"])).code).toBe(3);
  await using store = await open(data);
  expect((await boxerdb(["compact", store.directory])).code).toBe(6);
});

test("a server compacts, all of it or one database", async () => {
  await using directory = await TemporaryDirectory.create();
  await withGarbage(directory.join("data"));
  await using server = await startTestServer({ dataDir: directory.join("data") });
  const environment = talkingTo(server);
  const { code, out } = await boxerdb(["compact"], { environment });
  expect(code).toBe(0);
  expect(out).toMatch(/^database +before +after +runs\napp /);
  expect(out).toMatch(/\nother /);
  const one = await boxerdb(["compact", "--database", "other", "--json"], { environment });
  expect(JSON.parse(one.out)).toMatchObject({ databases: [{ name: "other", runs: 0 }] });
  expect((await boxerdb(["compact", "--database", "none"], { environment })).code).toBe(3);
});

test.each([
  [
    '{"progress":{}}\n{"problem":{"status":503,"code":"poisoned","message":"a write failed"}}\n',
    5,
    "error: a write failed\n",
  ],
  ['{"progress":{}}\n', 1, "answered no result"],
  ['{"progress":{}}\nwhat\n', 1, "answered something else"],
])("a server that answers %j did not compact", async (body, code, message) => {
  await using server = await ScriptedServer.start(() => ({ status: 200, body }));
  const ended = await boxerdb(["compact", "--url", server.url]);
  expect(ended.code).toBe(code);
  expect(ended.err).toContain(message);
  expect(server.requests).toMatchObject([{ method: "POST", target: "/api/v2/_compact" }]);
});
