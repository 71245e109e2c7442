/** A follower that catches up where compaction has dropped what a later record replaces. */
import { logOffset } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { pullPath } from "../src/protocol/messages.ts";

import { eventually } from "./cluster/eventually.ts";
import { ScriptedLeader } from "./cluster/scripted-leader.ts";
import { TestNode } from "./cluster/test-node.ts";

/** Passes requests on to a leader; pulls get a few records, and wait once `limit` of them were answered. */
async function gateTo(leader: TestNode): Promise<ScriptedLeader & { limit: number }> {
  let pulls = 0;
  const gate = await ScriptedLeader.start(async (path, message, response) => {
    if (path === pullPath) {
      await eventually(() => expect(pulls).toBeLessThan(limited.limit));
      pulls++;
    }
    const body = JSON.stringify(path === pullPath ? { ...message, maxBytes: 1_000 } : message);
    const headers = { "content-type": "application/json" };
    const answer = await fetch(leader.peerUrl + path, { method: "POST", headers, body });
    const bytes = Buffer.from(await answer.arrayBuffer());
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(bytes);
  });
  const limited = Object.assign(gate, { limit: 1 });
  return limited;
}

test("shows at an offset that is asked for nothing older than was there", async () => {
  await using leader = await TestNode.leader({ store: { segmentBytes: 4_096 } });
  const things = leader.collection();
  const fill = async (name: string): Promise<void> => {
    for (let index = 0; index < 15; index++) await things.put(`${name}-${index}`, "x".repeat(500));
  };
  await things.put("k", "old");
  await fill("a");
  // Of these, nothing is needed any more in the end.
  await fill("b");
  const middle = await things.put("k", "middle");
  await fill("b");
  await fill("c");
  await things.put("k", "new");
  await fill("b");
  await using gate = await gateTo(leader);
  await using follower = await TestNode.follower(gate.url);
  await eventually(() => expect(follower.open().highWatermark).toBeGreaterThan(2));
  await leader.store.compact();
  while (follower.open().highWatermark <= middle + 1) {
    const { highWatermark } = follower.open();
    gate.limit++;
    await eventually(() => expect(follower.open().highWatermark).toBeGreaterThan(highWatermark));
  }
  expect(await follower.collection().get("k")).toBe("old");
  expect(follower.open().hasApplied(middle)).toBe(false);
  expect(follower.open().hasApplied(logOffset(1))).toBe(false);
  gate.limit = Infinity;
  await follower.store.database("default").applied(middle, AbortSignal.timeout(20_000));
  expect(await follower.collection().get("k")).toBe("new");
});
