import { describe, expect, test } from "vitest";

import { startTestNode, type TestNode } from "../../test/test-node.ts";

async function asked(answer: Response | Promise<Response>) {
  const response = await answer;
  return { status: response.status, body: await response.json() };
}

/** The statuses of /livez, /readyz, /leader and /follower, which are the same for all methods. */
async function health({ app }: TestNode): Promise<number[]> {
  const statuses: number[] = [];
  for (const path of ["/livez", "/readyz", "/leader", "/follower"]) {
    const { status, body } = await asked(app.request(path));
    expect((await app.request(path, { method: "HEAD" })).status).toBe(status);
    expect((await app.request(path, { method: "OPTIONS" })).status).toBe(status);
    expect(body).toMatchObject({ status: status === 200 ? "ok" : "unavailable" });
    statuses.push(status);
  }
  return statuses;
}

describe("health", () => {
  test("of a leader", async () => {
    await using leader = await startTestNode();
    expect(await health(leader)).toEqual([200, 200, 200, 503]);
  });

  test("of a node that is shutting down", async () => {
    await using closing = await startTestNode({ api: { isClosing: () => true } });
    expect(await health(closing)).toEqual([200, 503, 503, 503]);
    expect(await (await closing.app.request("/readyz")).json()).toEqual({
      status: "unavailable",
      reason: "the node is shutting down",
    });
  });

  test("of a node that cannot do its work, without what only `/status` may tell", async () => {
    await using lonely = await startTestNode({ node: { writeQuorum: 2 } });
    expect(await health(lonely)).toEqual([200, 503, 503, 503]);
    await using lost = await startTestNode({
      node: { role: "follower", leaderUrl: "http://127.0.0.1:1" },
    });
    expect(await health(lost)).toEqual([200, 503, 503, 503]);
    const reasons = [lonely, lost].map(
      async ({ app }) => (await asked(app.request("/readyz"))).body,
    );
    expect(await Promise.all(reasons)).toEqual([
      { status: "unavailable", reason: "it does not take all writes: see /status" },
      { status: "unavailable", reason: "it does not follow its leader: see /status" },
    ]);
    expect((await asked(lonely.app.request("/status"))).body).toMatchObject({
      reason: expect.stringContaining("2 nodes"),
    });
  });

  test("of a follower may ask how far behind it is, and how that is asked is checked", async () => {
    await using leader = await startTestNode();
    expect((await leader.app.request("/follower?lag=10")).status).toBe(503);
    expect((await leader.app.request("/follower?lag=-1")).status).toBe(400);
    expect((await leader.app.request("/leader?lag=1")).status).toBe(400);
  });

  test("takes no parameters", async () => {
    await using leader = await startTestNode();
    expect((await leader.app.request("/livez?verbose")).status).toBe(400);
  });
});
