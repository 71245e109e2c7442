/** Logs that end in what was never committed, and what becomes of that. */
import { LeadershipLostError } from "@boxerdb/replication";
import { expect, test } from "vitest";

import { expectCaughtUp, expectSameRecords } from "./cluster/content.ts";
import { flipByte, loseRecordsAfter } from "./cluster/damage.ts";
import { eventually } from "./cluster/eventually.ts";
import { ManualClock } from "./cluster/manual-clock.ts";
import { TcpProxy } from "./cluster/tcp-proxy.ts";
import { TestNode } from "./cluster/test-node.ts";

const cutting = "cutting off records that were never committed";

const follow = (url: string, nodeId: string): Promise<TestNode> =>
  TestNode.follower(url, { node: { nodeId } });

/** The settings of a leader on whose clock nobody is ever late. */
const patient = { node: { clock: new ManualClock() } };

/** Loses what a proxy has held back, and passes on what comes from now on. */
function loseHeld(proxy: TcpProxy): void {
  proxy.partition();
  proxy.release();
  proxy.restore();
}

/** Waits until so many nodes are in sync on the database. */
const untilInSync = (leader: TestNode, count: number): Promise<void> =>
  eventually(() => expect(leader.node.status()).toMatchObject({ databases: [{ inSync: count }] }));

/**
 * Has a leader write records that it does not commit, since one that is in sync is held back. `answered`:
 * when all writers know that they cannot know.
 */
async function writeUncommitted(
  leader: TestNode,
  count: number,
): Promise<{ readonly answered: Promise<void> }> {
  const end = leader.open().log.acceptedOffset;
  const writes = Array.from({ length: count }, (_, index) =>
    leader.collection().put(`lost-${index}`, "never committed"),
  );
  const answered = expect(Promise.allSettled(writes)).resolves.toMatchObject(
    writes.map(() => ({ status: "rejected", reason: expect.any(LeadershipLostError) })),
  );
  await eventually(() => expect(leader.open().log.acceptedOffset).toBe(end + count));
  expect(leader.open().highWatermark).toBe(end);
  return { answered };
}

test.each(["running", "restarted"])(
  "a follower that is %s cuts off what its leader has lost, and goes on",
  async (how) => {
    await using leader = await TestNode.leader(patient);
    await using proxy = await TcpProxy.start(leader.peerUrl);
    await using follower = await follow(leader.peerUrl, "f1");
    await using held = await follow(proxy.url, "held");
    await leader.collection().put("k", 1);
    await untilInSync(leader, 3);
    proxy.hold();
    const committed = leader.open().highWatermark;
    const { answered } = await writeUncommitted(leader, 5);
    await eventually(() => expect(follower.open().log.acceptedOffset).toBe(committed + 5));
    if (how === "restarted") await follower.stop();
    await leader.stop();
    await answered;
    // As where an older copy of its directory was brought back: all that was acknowledged is in it.
    await loseRecordsAfter(leader, committed - 1);
    loseHeld(proxy);
    await leader.start();
    await leader.collection().put("k", 2);
    if (how === "restarted") await follower.start();
    for (const node of [follower, held]) {
      await expectCaughtUp(leader, node);
      await expectSameRecords(leader, node);
      expect(await node.collection().has("lost-0")).toBe(false);
      expect(await node.collection().get("k")).toBe(2);
    }
    expect(follower.log.lines.filter(({ message }) => message === cutting)).toMatchObject([
      { level: "warn", fields: { database: "default", from: committed, to: committed + 5 } },
    ]);
    expect(held.log.count(cutting)).toBe(0);
    await untilInSync(leader, 3);
    // What was cut stays so when it is read from the disk again.
    await follower.restart();
    await expectCaughtUp(leader, follower);
    await expectSameRecords(leader, follower);
  },
);

test("a follower that meets damage where it cuts its log copies all anew", async () => {
  await using leader = await TestNode.leader(patient);
  await using proxy = await TcpProxy.start(leader.peerUrl);
  await using follower = await follow(leader.peerUrl, "f1");
  await using held = await follow(proxy.url, "held");
  for (let key = 0; key < 50; key++) await leader.collection().put(`k${key}`, "x".repeat(100));
  await untilInSync(leader, 3);
  proxy.hold();
  const committed = leader.open().highWatermark;
  const { answered } = await writeUncommitted(leader, 5);
  await eventually(() => expect(follower.open().log.acceptedOffset).toBe(committed + 5));
  await follower.stop();
  await leader.stop();
  await answered;
  await loseRecordsAfter(leader, committed - 1);
  loseHeld(proxy);
  // Its checkpoint spares it reading there when it is opened.
  await flipByte(follower);
  await leader.start();
  await follower.start();
  await expectCaughtUp(leader, follower);
  await expectCaughtUp(leader, held);
  await expectSameRecords(leader, follower);
  expect(follower.log.count(cutting)).toBe(1);
  expect(follower.log.count("copying the database anew")).toBe(1);
});

test("a follower leads in its leader's place, which follows and cuts off what it alone had", async () => {
  await using leader = await TestNode.leader(patient);
  const { peerUrl } = leader;
  const peerPort = Number(new URL(peerUrl).port);
  await using proxy = await TcpProxy.start(peerUrl);
  await using promoted = await follow(proxy.url, "f1");
  await using other = await follow(proxy.url, "f2");
  const nodes = [leader, promoted, other];
  await leader.collection().put("k", 1);
  await untilInSync(leader, 3);
  proxy.hold();
  const { answered } = await writeUncommitted(leader, 5);
  await leader.stop();
  await answered;
  loseHeld(proxy);
  await promoted.restart({ node: { role: "leader", peerPort } });
  await promoted.collection().put("k", 2);
  await leader.start({ node: { role: "follower", leaderUrl: peerUrl } });
  await promoted.collection().put("k", 3);
  await untilInSync(promoted, 3);
  for (const node of nodes) {
    if (node !== promoted) await expectCaughtUp(promoted, node);
    await expectSameRecords(promoted, node);
    expect(await node.collection().has("lost-0")).toBe(false);
    expect(await node.collection().get("k")).toBe(3);
  }
  expect(leader.log.count(cutting)).toBe(1);
  expect(other.log.count(cutting)).toBe(0);

  // And back again: the cluster is the same, whoever has led it.
  await promoted.stop();
  await leader.restart({ node: { peerPort } });
  await promoted.start();
  await leader.collection().put("k", 4);
  for (const node of [promoted, other]) {
    await expectCaughtUp(leader, node);
    await expectSameRecords(leader, node);
  }
  expect(leader.open().log.epochs.last).toBe(3);
});
