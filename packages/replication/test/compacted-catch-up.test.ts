/** A follower that catches up where compaction has dropped what a later record replaces. */
import { CatchingUpError, logOffset } from "@boxerdb/engine";
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

/** A leader whose log is compacted, and a follower that was let come half-way to its end. */
async function startHalfWay() {
  await using started = new AsyncDisposableStack();
  const leader = started.use(await TestNode.leader({ store: { segmentBytes: 4_096 } }));
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
  const gate = started.use(await gateTo(leader));
  const follower = started.use(await TestNode.follower(gate.url));
  await eventually(() => expect(follower.open().highWatermark).toBeGreaterThan(2));
  await leader.store.compact();
  while (follower.open().highWatermark <= middle + 1) {
    const { highWatermark } = follower.open();
    gate.limit++;
    await eventually(() => expect(follower.open().highWatermark).toBeGreaterThan(highWatermark));
  }
  const rest = started.move();
  return {
    leader,
    gate,
    follower,
    middle,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

test("shows at an offset that is asked for nothing older than was there", async () => {
  await using nodes = await startHalfWay();
  const { gate, follower, middle } = nodes;
  expect(await follower.collection().get("k")).toBe("old");
  expect(follower.open().hasApplied(middle)).toBe(false);
  expect(follower.open().hasApplied(logOffset(1))).toBe(false);
  gate.limit = Infinity;
  await follower.store.database("default").applied(middle, AbortSignal.timeout(20_000));
  expect(await follower.collection().get("k")).toBe("new");
});

test("knows after a restart that it has not caught up, and then that it has, with no leader to ask", async () => {
  await using nodes = await startHalfWay();
  const { gate, follower, leader } = nodes;
  const copy = () => follower.store.database("default");
  expect(copy().isWhole).toBe(false);
  expect(follower.node.readiness()).toMatchObject({ ready: false });
  gate.limit = 0;
  await follower.restart();
  expect(copy().isWhole).toBe(false);
  expect(() => copy().assertWhole()).toThrow(CatchingUpError);
  gate.limit = Infinity;
  await eventually(() => expect(copy().isWhole).toBe(true));
  expect(follower.node.readiness()).toEqual({ ready: true });
  await eventually(() => expect(follower.open().highWatermark).toBe(leader.open().highWatermark));
  gate.limit = 0;
  await follower.restart();
  expect(copy().isWhole).toBe(true);
  expect(copy().status()?.wholeFrom).toBeGreaterThan(0);
  gate.limit = Infinity;
});

test("a follower that is in sync is whole all the while, however often its leader compacts", async () => {
  await using leader = await TestNode.leader({
    store: { segmentBytes: 4_096 },
    node: { writeQuorum: 2 },
  });
  await using follower = await TestNode.follower(leader.peerUrl);
  const things = leader.collection();
  await eventually(() => things.put("k", "first"));
  await eventually(() => expect(follower.store.database("default").exists).toBe(true));
  const seen = { moves: 0, gaps: 0 };
  const copy = follower.open();
  copy.onProgress(() => {
    seen.moves++;
    if (copy.wholeness.from > 0) seen.gaps++;
  });
  const writing = Array.from({ length: 4 }, async (_, writer) => {
    for (let round = 0; round < 150; round++) {
      await things.put(`${writer}-${round % 5}`, "x".repeat(300));
    }
  });
  const over = new AbortController();
  const compacting = (async () => {
    while (!over.signal.aborted) {
      await leader.store.compact();
      await new Promise(setImmediate);
    }
  })();
  await Promise.all(writing);
  over.abort();
  await compacting;
  expect(leader.open().log.compactedTo).toBeGreaterThan(100);
  await leader.restart();
  await eventually(() => leader.collection().put("k", "last"));
  await eventually(async () => expect(await follower.collection().get("k")).toBe("last"));
  expect(seen.moves).toBeGreaterThan(100);
  expect(seen.gaps).toBe(0);
});
