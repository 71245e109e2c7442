/** Reads that ask for more than what the node happens to have. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { eventually } from "./eventually.ts";
import { peerUrlOf, putting, startTestNode, type TestNode } from "./test-node.ts";

let leader: TestNode;
let follower: TestNode;
beforeAll(async () => {
  leader = await startTestNode();
  follower = await startTestNode({
    node: { role: "follower", nodeId: "n2", leaderUrl: peerUrlOf(leader) },
  });
  await leader.app.request("/api/v1/k", putting(1));
  await eventually(async () => expect((await read(follower)).status).toBe(200));
});
afterAll(async () => {
  await follower[Symbol.asyncDispose]();
  await leader[Symbol.asyncDispose]();
});

const read = async (
  { app }: TestNode,
  path = "/api/v1/k",
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> => app.request(path, { headers });

const offsetOf = (response: Response): number =>
  Number(response.headers.get("etag")?.replaceAll('"', ""));

describe("consistency", () => {
  test("local is answered by every node, and is the default", async () => {
    for (const node of [leader, follower]) {
      for (const path of ["/api/v1/k", "/api/v1"]) {
        expect((await read(node, path)).status).toBe(200);
        expect((await read(node, `${path}?consistency=local`)).status).toBe(200);
      }
    }
  });

  test.each(["leader", "linearizable"])(
    "%s is answered by the leader alone",
    async (consistency) => {
      for (const path of ["/api/v1/k", "/api/v1", "/api/v2/nowhere/c/k"]) {
        const asked = `${path}?consistency=${consistency}`;
        const expected = path.includes("nowhere") ? 404 : 200;
        expect((await read(leader, asked)).status).toBe(expected);
        const refused = await read(follower, asked);
        expect(refused.status).toBe(403);
        expect(await refused.json()).toMatchObject({
          code: "not_leader",
          leader: "http://leader.example:8080",
        });
      }
      const head = { method: "HEAD" };
      const asked = `/api/v1/k?consistency=${consistency}`;
      expect((await leader.app.request(asked, head)).status).toBe(200);
      expect((await follower.app.request(asked, head)).status).toBe(403);
    },
  );

  test("the progress of an import is told by the leader alone, where that is asked for", async () => {
    const path = "/api/v2/imported/_import";
    const headers = { "idempotency-key": "i", "content-type": "application/x-ndjson" };
    const body = '{"key": "k", "value": 1}\n';
    await leader.app.request(path, { method: "POST", headers, body });
    await eventually(async () => {
      expect((await read(follower, path, headers)).status).toBe(200);
      expect((await read(follower, `${path}?consistency=leader`, headers)).status).toBe(403);
    });
    const told = await read(leader, `${path}?consistency=leader`, headers);
    expect(await told.json()).toMatchObject({ documents: 1, complete: true });
  });

  test("linearizable is refused by a leader that could not commit a write", async () => {
    await using strict = await startTestNode({ node: { writeQuorum: 2 } });
    expect((await read(strict, "/api/v1/k?consistency=leader")).status).toBe(404);
    const refused = await read(strict, "/api/v1/k?consistency=linearizable");
    expect(refused.status).toBe(503);
    expect(refused.headers.get("retry-after")).toBe("1");
    expect(await refused.json()).toMatchObject({ code: "not_enough_replicas", required: 2 });
    await using second = await startTestNode({
      node: { role: "follower", nodeId: "n2", leaderUrl: peerUrlOf(strict), writeQuorum: 2 },
    });
    await eventually(async () =>
      expect((await read(strict, "/api/v1/k?consistency=linearizable")).status).toBe(404),
    );
    expect(second.node.role).toBe("follower");
  });

  test("of another kind is refused", async () => {
    for (const path of ["/api/v1/k", "/api/v1"]) {
      const response = await read(leader, `${path}?consistency=eventual`);
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        code: "invalid_query",
        parameter: "consistency",
      });
    }
  });
});

describe("BoxerDB-Min-Offset", () => {
  test("has a follower wait until it has the client's own write", async () => {
    for (let value = 2; value < 30; value++) {
      const offset = offsetOf(await leader.app.request("/api/v1/k", putting(value)));
      const path = value % 2 === 0 ? "/api/v1/k" : "/api/v1?prefix=k";
      const response = await read(follower, path, { "boxerdb-min-offset": String(offset) });
      expect(response.status).toBe(200);
      expect(Number(response.headers.get("boxerdb-offset"))).toBeGreaterThanOrEqual(offset);
      const expected =
        path === "/api/v1/k" ? { value } : { entries: [{ key: "k", value, offset }] };
      expect(await response.json()).toEqual(expected);
    }
  });

  test("has a read wait for a database that is yet to come", async () => {
    const waiting = read(follower, "/api/v2/later/c/k", { "boxerdb-min-offset": "1" });
    await leader.app.request("/api/v2/later/c/k", putting("here"));
    expect(await (await waiting).json()).toEqual({ value: "here" });
  });

  test("that does not come in time is told, with what is there", async () => {
    for (const [node, path] of [
      [leader, "/api/v1/k?wait=0"],
      [follower, "/api/v1/k?wait=1"],
      [leader, "/api/v1?wait=0"],
      [leader, "/api/v2/nowhere/c/k?wait=0"],
    ] as const) {
      const response = await read(node, path, { "boxerdb-min-offset": "1000000" });
      expect(response.status).toBe(503);
      expect(response.headers.get("retry-after")).toBe("1");
      expect(await response.json()).toMatchObject({
        code: "offset_not_reached",
        minOffset: 1_000_000,
        offset: path.includes("nowhere") ? null : expect.any(Number),
      });
    }
  });

  test("that has been reached costs no wait", async () => {
    for (const node of [leader, follower]) {
      const response = await read(node, "/api/v1/k?wait=0", { "boxerdb-min-offset": "1" });
      expect(response.status).toBe(200);
    }
  });

  test.each(["-1", "abc", "1.5", "9999999999999999", '"1"'])("%s is refused", async (offset) => {
    for (const path of ["/api/v1/k", "/api/v1"]) {
      const response = await read(leader, path, { "boxerdb-min-offset": offset });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({
        code: "invalid_header",
        header: "boxerdb-min-offset",
      });
    }
  });
});
