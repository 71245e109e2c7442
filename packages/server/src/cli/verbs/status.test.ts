import { describe, expect, test } from "vitest";

import { boxerdb, talkingTo } from "../../../test/cli/boxerdb.ts";
import { MemoryTerminal } from "../../../test/cli/memory-terminal.ts";
import { problem, ScriptedServer, type ScriptedAnswer } from "../../../test/cli/scripted-server.ts";
import { toldByFollower, toldFollower, toldLeader } from "../../../test/cli/told-status.ts";
import { eventually } from "../../../test/eventually.ts";
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
    await eventually(async () => {
      const { code, out } = await boxerdb(["status"], { environment });
      expect(out).toMatch(new RegExp(`^leader +leader +${leader.url} +ok `, "m"));
      expect(out).toMatch(new RegExp(`^follower +follower +${follower.url} +ok .* none `, "m"));
      expect(code).toBe(0);
    });
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
  await eventually(() => expect(terminal.out.match(/^all is well/gm)?.length).toBeGreaterThan(2));
  await server[Symbol.asyncDispose]();
  await eventually(() => expect(terminal.out).toContain(`cannot reach ${server.url}`));
  terminal.interrupt();
  expect(await ended).toBe(0);
});

describe("the token", () => {
  const unauthorized = problem(401, "unauthorized", "a token is needed");

  /** A leader that names a follower at a URL, and what the follower saw of a `status` with a token. */
  const seenBy = async (answer: ScriptedAnswer, ...flags: readonly string[]) => {
    await using follower = await ScriptedServer.start(() => answer);
    const told = toldLeader({ followers: [toldFollower("n2", { url: follower.url })] });
    await using leader = await ScriptedServer.start(() => ({ status: 200, body: told }));
    const environment = { ...talkingTo(leader), BOXERDB_TOKEN: "secret" };
    const ended = await boxerdb(["status", ...flags], { environment });
    expect(leader.requests.map(({ headers }) => headers.authorization)).toEqual(["Bearer secret"]);
    return { ...ended, shown: follower.requests.map(({ headers }) => headers.authorization) };
  };

  test("goes to the node that the user named, and to no other", async () => {
    const { code, out, shown } = await seenBy(unauthorized);
    expect(shown).toEqual([undefined]);
    expect(code).toBe(0);
    expect(out).toMatch(/^n2 +follower +\S+ +heard of /m);
    expect(out).toMatch(/^\S+ asks for a token, .*: --trust-nodes shows it to the others, too$/m);
  });

  test("goes to all where they are trusted", async () => {
    const { out, shown } = await seenBy(unauthorized, "--trust-nodes");
    expect(shown).toEqual(["Bearer secret"]);
    expect(out).not.toContain("--trust-nodes");
  });

  test("is not needed where a node tells without it", async () => {
    const body = toldByFollower("n2");
    const { code, out, shown } = await seenBy({ status: 200, body });
    expect({ code, shown }).toEqual({ code: 0, shown: [undefined] });
    expect(out).toMatch(/^n2 +follower +\S+ +ok /m);
  });
});

test("a follower whose URL leads to something else is a problem", async () => {
  await using other = await ScriptedServer.start(() => ({ status: 200, body: "<html>" }));
  const told = toldLeader({ followers: [toldFollower("n2", { url: other.url })] });
  await using leader = await ScriptedServer.start(() => ({ status: 200, body: told }));
  const { code, out } = await boxerdb(["status"], { environment: talkingTo(leader) });
  expect(code).toBe(9);
  expect(out).toContain(`n2 at ${other.url} is unreadable: ${other.url}/status answered something`);
});
