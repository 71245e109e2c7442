import { cp } from "node:fs/promises";

import { open, type BatchOperation } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { boxerdb } from "../../../test/cli/boxerdb.ts";
import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";
import { startObservedCluster } from "../../../test/observed-cluster.ts";
import { startTestServer, type TestServer } from "../../../test/test-server.ts";

const write = async ({ url }: TestServer, database: string, operations: readonly object[]) => {
  const response = await fetch(`${url}/api/v2/${database}/_batch`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ operations }),
  });
  expect(response.status).toBe(200);
};

const puts = (collection: string, count: number): BatchOperation[] =>
  Array.from({ length: count }, (_, index) => ({
    op: "put",
    collection,
    key: `k${String(index).padStart(5, "0")}`,
    value: { index },
  }));

test("a follower holds what its leader does, also while that is written to and compacts", async () => {
  await using cluster = await startObservedCluster({ segmentBytes: "65536" });
  const { leader, follower } = cluster;
  await write(leader, "app", puts("things", 3_000));
  const over = new AbortController();
  const writer = (async () => {
    while (!over.signal.aborted) await write(leader, "app", puts("things", 20));
  })();
  try {
    const compacted = await fetch(`${follower.url}/api/v2/_compact`, { method: "POST" });
    expect(compacted.status).toBe(200);
    for (const [one, other] of [
      [leader, follower],
      [follower, leader],
    ] as const) {
      const { code, out } = await boxerdb(["verify", one.url, "--against", other.url, "--json"]);
      const told = JSON.parse(out);
      expect(told).toMatchObject({ ok: true, databases: [{ name: "app" }, { name: "default" }] });
      const [app] = told.databases;
      expect(app.left).toEqual(app.right);
      expect(app.left).toMatchObject({
        keys: 3_000,
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      });
      expect(code).toBe(0);
    }
  } finally {
    over.abort();
    await writer;
  }
  const { code, out, err } = await boxerdb(["verify", follower.url, "--against", leader.url]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  const [titles, app, byDefault, judgement] = out.split("\n");
  expect(titles).toBe("database  offset   keys  hash");
  expect(app).toMatch(/^app +\d+ +3,000 {2}[0-9a-f]{16}$/);
  expect(byDefault).toMatch(/^default +1 +1 {2}[0-9a-f]{16}$/);
  expect(judgement).toMatch(/^http\S+ and http\S+ hold the same \(3,001 keys in /);
});

test("what differs is told by its first keys, and the exit code", async () => {
  await using left = await startTestServer();
  await using right = await startTestServer();
  const things = puts("things", 3_000);
  await write(left, "app", things);
  await write(right, "app", things);
  const put = (key: string, value: unknown) => ({ op: "put", collection: "c", key, value });
  await write(left, "app", [put("same", 1), put("value", 1), put("moved", 1), put("left", 1)]);
  await write(right, "app", [put("same", 1), put("value", 2), put("right", 1), put("moved", 1)]);
  await write(left, "only", [put("k", 1)]);
  const { code, out } = await boxerdb(["verify", left.url, "--against", right.url]);
  expect(code).toBe(1);
  const [, app, only, ...lines] = out.trimEnd().split("\n");
  expect(app).toMatch(/^app +3004 +3,004 +differs$/);
  expect(only).toMatch(/^only +1 \| absent +1 \| absent +differs$/);
  expect(lines).toEqual([
    `! app, left in c: at offset 3004 on ${left.url}, absent on ${right.url}`,
    `! app, moved in c: at offset 3003 on ${left.url}, at offset 3004 on ${right.url}`,
    `! app, right in c: absent on ${left.url}, at offset 3003 on ${right.url}`,
    "! app, value in c: at offset 3002 on both, with other contents",
    `! database only is not on ${right.url}, only on ${left.url}`,
    expect.stringMatching(/ differ in 2 of 2 databases \(3,004 keys in /),
  ]);
  const json = await boxerdb(["verify", left.url, "--against", right.url, "--json"]);
  expect(json.code).toBe(1);
  expect(JSON.parse(json.out)).toMatchObject({
    ok: false,
    left: left.url,
    databases: [
      {
        name: "app",
        equal: false,
        more: false,
        differences: [
          { collection: "c", key: "left", leftOffset: 3_004, rightOffset: null },
          {},
          {},
          {},
        ],
      },
      { name: "only", right: null },
    ],
  });
});

test("of many differing keys the first are told", async () => {
  await using left = await startTestServer();
  await using right = await startTestServer();
  await write(left, "app", puts("a", 50));
  await write(right, "app", puts("b", 50));
  const { code, out } = await boxerdb(["verify", left.url, "--against", right.url]);
  expect(code).toBe(1);
  expect(out.match(/^! app, k\d+ in a: /gm)).toHaveLength(10);
  expect(out).toContain("! app: more keys differ than are told here");
});

test("a directory is compared up to its offset", async () => {
  await using directory = await TemporaryDirectory.create();
  const [data, copy] = [directory.join("data"), directory.join("copy")];
  {
    await using server = await startTestServer({ dataDir: data });
    await write(server, "app", puts("things", 100));
  }
  await cp(data, copy, { recursive: true });
  await using server = await startTestServer({ dataDir: data });
  const same = await boxerdb(["verify", copy, "--against", server.url]);
  expect(same.code).toBe(0);
  expect(same.out).toMatch(new RegExp(`${copy} and \\S+ hold the same`));

  await write(server, "app", [
    { op: "put", collection: "things", key: "k00007", value: "new" },
    { op: "delete", collection: "things", key: "k00008" },
    { op: "put", collection: "more", key: "k", value: "new" },
  ]);
  const older = await boxerdb(["verify", copy, "--against", server.url]);
  expect(older.code).toBe(0);
  expect(older.out).toContain("app: 3 keys were written or deleted behind the offset");

  {
    // What somebody wrote to the copy, the server has something else for.
    await using store = await open(copy);
    await store.database("app").collection("things").put("k00009", "else");
  }
  const forked = await boxerdb(["verify", copy, "--against", server.url, "--database", "app"]);
  expect(forked.code).toBe(1);
  expect(forked.out).toMatch(/! app, k00009 in things: at offset \d+ on \S+, at offset 10 on http/);
});

test("what is not there is told", async () => {
  await using server = await startTestServer();
  const none = ["--database", "none"];
  expect((await boxerdb(["verify", server.url, "--against", server.url, ...none])).code).toBe(3);
  expect((await boxerdb(["verify", server.url, "--against", "http://127.0.0.1:1"])).code).toBe(5);
  expect((await boxerdb(["verify", server.url, "--against", "nowhere"])).code).toBe(2);
  await using directory = await TemporaryDirectory.create();
  const missing = directory.join("none");
  expect((await boxerdb(["verify", missing, "--against", server.url])).code).toBe(6);
  expect((await boxerdb(["verify", server.url, "--against", server.url])).code).toBe(0);
});
