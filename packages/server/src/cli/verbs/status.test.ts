import { expect, test, vi } from "vitest";

import { boxerdb, talkingTo } from "../../../test/cli/boxerdb.ts";
import { MemoryTerminal } from "../../../test/cli/memory-terminal.ts";
import { startObservedCluster } from "../../../test/observed-cluster.ts";
import { startTestServer } from "../../../test/test-server.ts";
import { run } from "../program.ts";

test("a node alone is a cluster, too", async () => {
  await using server = await startTestServer({ nodeId: "node-1" });
  const environment = talkingTo(server);
  await boxerdb(["put", "k", "1"], { environment });
  const { code, out } = await boxerdb(["status"], { environment });
  expect(code).toBe(0);
  expect(out).toMatch(/^all is well: a leader and 0 followers; /);
  expect(out).toMatch(/^node-1 +leader +http:\/\/127\.0\.0\.1:\d+ +ok +2 /m);
  expect(out).toMatch(/^default +1 /m);
});

test("any node tells of all, until one is gone", async () => {
  await using cluster = await startObservedCluster();
  const { leader, follower } = cluster;
  for (const server of [leader, follower]) {
    const environment = talkingTo(server);
    await vi.waitFor(
      async () => {
        const { code, out } = await boxerdb(["status"], { environment });
        expect(out).toMatch(new RegExp(`^leader +leader +${leader.url} +ok `, "m"));
        expect(out).toMatch(new RegExp(`^follower +follower +${follower.url} +ok .* none `, "m"));
        expect(code).toBe(0);
      },
      { timeout: 60_000 },
    );
  }
  const { out: json } = await boxerdb(["status", "--json"], { environment: talkingTo(leader) });
  expect(JSON.parse(json)).toMatchObject({
    node: "leader",
    role: "leader",
    databases: [{ name: "default", segments: [{ sealed: false }] }],
    cluster: {
      healthy: true,
      problems: [],
      nodes: [
        { name: "leader", state: "ok", lagRecords: null },
        { name: "follower", role: "follower", url: follower.url, state: "ok", lagRecords: 0 },
      ],
    },
  });

  await leader.server.close();
  const { code, out } = await boxerdb(["status"], { environment: talkingTo(follower) });
  expect(code).toBe(9);
  expect(out).toContain(`the leader at ${leader.url} is unreachable: cannot reach ${leader.url}`);
});

test("a node that is not there cannot be asked", async () => {
  const environment = { BOXERDB_URL: "http://127.0.0.1:1" };
  expect((await boxerdb(["status"], { environment })).code).toBe(5);
});

test("it is drawn again and again, also while the node is away", async () => {
  const server = await startTestServer({ nodeId: "node-1" });
  const terminal = new MemoryTerminal({ environment: talkingTo(server) });
  const ended = run(["status", "--watch", "0.01"], terminal);
  await vi.waitFor(() => expect(terminal.out.match(/^all is well/gm)?.length).toBeGreaterThan(2), {
    timeout: 60_000,
  });
  await server[Symbol.asyncDispose]();
  await vi.waitFor(() => expect(terminal.out).toContain(`cannot reach ${server.url}`), {
    timeout: 60_000,
  });
  terminal.interrupt();
  expect(await ended).toBe(0);
});
