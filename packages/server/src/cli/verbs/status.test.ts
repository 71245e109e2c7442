import { expect, test } from "vitest";

import { boxerdb, talkingTo } from "../../../test/cli/boxerdb.ts";
import { startTestServer } from "../../../test/test-server.ts";

test("a node is shown with its databases", async () => {
  await using server = await startTestServer({ nodeId: "node-1" });
  const environment = talkingTo(server);
  await boxerdb(["put", "k", "1"], { environment });
  const { code, out } = await boxerdb(["status"], { environment });
  expect(code).toBe(0);
  expect(out).toContain("node  node-1\nrole  leader; ");
  expect(out).toMatch(/^default {5,}1 /m);
  const { out: json } = await boxerdb(["status", "--json"], { environment });
  expect(JSON.parse(json)).toMatchObject({ node: "node-1", role: "leader" });
});

test("a leader shows its followers, a follower its lag", async () => {
  await using leader = await startTestServer({ nodeId: "node-1", writeQuorum: "2" });
  await using follower = await startTestServer({
    nodeId: "node-2",
    role: "follower",
    leaderUrl: leader.server.peerUrl ?? "",
  });
  const environment = talkingTo(leader);
  // The write waits for the follower: it has joined when the write is done.
  const put = async (): Promise<number> => (await boxerdb(["put", "k", "1"], { environment })).code;
  await expect.poll(put, { timeout: 20_000 }).toBe(0);
  expect((await boxerdb(["status"], { environment })).out).toMatch(/^node-2 .* in-sync .* ago$/m);
  const ofFollower = await boxerdb(["status"], { environment: talkingTo(follower) });
  expect(ofFollower.out).toContain("role  follower of ");
  expect(ofFollower.out).toContain("last contact");
});
