import { stripVTControlCharacters } from "node:util";

import { afterAll, beforeAll, expect, test } from "vitest";

import { boxerdb, talkingTo, type Ended } from "../../../test/cli/boxerdb.ts";
import { startTestServer, type TestServer } from "../../../test/test-server.ts";

const keyCount = 2_345;

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const environment = talkingTo(server);
  const many = Array.from({ length: keyCount }, (_, number) =>
    JSON.stringify({
      collection: "many",
      key: `k${String(number).padStart(5, "0")}`,
      value: number,
    }),
  );
  const few = ["a", "b/1", "b/2", "c"].map((key) => JSON.stringify({ key, value: { key } }));
  await boxerdb(["import", "-"], { environment, stdin: [...many, ...few].join("\n") });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const list = async (...args: string[]): Promise<Ended> =>
  await boxerdb(["list", ...args], { environment: talkingTo(server) });

const keys = async (...args: string[]): Promise<string[]> =>
  (await list("--keys-only", ...args)).out.split("\n").slice(0, -1);

test("entries are aligned: key, offset, value", async () => {
  const { code, out } = await list();
  expect(code).toBe(0);
  expect(out.split("\n").map((line) => line.replace(/ \d{4} /, " #### "))).toEqual([
    'a    ####  {"key":"a"}',
    'b/1  ####  {"key":"b/1"}',
    'b/2  ####  {"key":"b/2"}',
    'c    ####  {"key":"c"}',
    "",
  ]);
});

test("on a terminal there are titles, and lines fit", async () => {
  const environment = talkingTo(server);
  const { out } = await boxerdb(["list"], { environment, columns: 20 });
  const lines = stripVTControlCharacters(out).split("\n");
  expect(lines[0]).toBe("key  offset  value");
  expect(lines[2]).toMatch(/^b\/1 {4}\d{4} {2}\{"key":…$/);
});

test.each([
  [
    ["--prefix", "b/"],
    ["b/1", "b/2"],
  ],
  [
    ["--gt", "a", "--lte", "b/2"],
    ["b/1", "b/2"],
  ],
  [["--gte", "b/2", "--lt", "c"], ["b/2"]],
  [
    ["--reverse", "--limit", "2"],
    ["c", "b/2"],
  ],
  [["--limit", "0"], []],
  [["--prefix", "zzz"], []],
])("%j chooses %j", async (args, expected) => {
  expect(await keys(...args)).toEqual(expected);
});

test("pages are followed to the end, or to a limit beyond one page", async () => {
  const all = await keys("--collection", "many");
  expect(all).toHaveLength(keyCount);
  expect(all).toEqual(all.toSorted());
  expect(await keys("--collection", "many", "--limit", "1500")).toEqual(all.slice(0, 1500));
  expect(await keys("--collection", "many", "--reverse")).toEqual(all.toReversed());
});

test("--count counts, without listing", async () => {
  expect((await list("--collection", "many", "--count")).out).toBe(`${keyCount}\n`);
  expect((await list("--prefix", "b/", "--count", "--json")).out).toBe('{"count":2}\n');
});

test("--json gives an object a line", async () => {
  const lines = (await list("--prefix", "b/", "--json")).out.trimEnd().split("\n");
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    { key: "b/1", value: { key: "b/1" }, offset: expect.any(Number) },
    { key: "b/2", value: { key: "b/2" }, offset: expect.any(Number) },
  ]);
});

test("a collection that is not there is told, as export tells it", async () => {
  for (const args of [
    ["--collection", "mayn"],
    ["--collection", "mayn", "--count"],
  ]) {
    const { code, out, err } = await list(...args);
    expect({ code, out }).toEqual({ code: 3, out: "" });
    expect(err).toBe(
      "error: there is no collection mayn in database default: it has default, many\n",
    );
  }
  expect(await list("--collection", "many", "--prefix", "zzz")).toMatchObject({ code: 0 });
});

test("the default collection is empty before the first write", async () => {
  await using empty = await startTestServer();
  const environment = talkingTo(empty);
  expect(await boxerdb(["list"], { environment })).toEqual({ code: 0, out: "", err: "" });
  expect((await boxerdb(["list", "--count"], { environment })).out).toBe("0\n");
});

test("a person is told that nothing was found; a program gets nothing", async () => {
  const environment = talkingTo(server);
  const watched = await boxerdb(["list", "--prefix", "zzz"], { environment, columns: 80 });
  expect(watched).toEqual({
    code: 0,
    out: "",
    err: "no such keys in collection default of database default\n",
  });
  expect(await list("--prefix", "zzz")).toEqual({ code: 0, out: "", err: "" });
});
