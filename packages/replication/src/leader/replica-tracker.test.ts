import { logOffset } from "@boxerdb/engine";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import {
  ReplicaTracker,
  type Membership,
  type ReplicaId,
  type ReplicaProgress,
} from "./replica-tracker.ts";

const timeoutMs = 100;
const a: ReplicaId = { nodeId: "a", storeId: "disk-a" };
const b: ReplicaId = { nodeId: "b", storeId: "disk-b" };

const trackerOf = (writeQuorum: number, highWatermark = 0, leaderOffset = 0): ReplicaTracker =>
  new ReplicaTracker({ writeQuorum, timeoutMs }, logOffset(highWatermark), logOffset(leaderOffset));

const pull = (tracker: ReplicaTracker, id: ReplicaId, from: number, nowMs = 0): ReplicaProgress =>
  tracker.pulled(id, logOffset(from), nowMs);

const membershipOf = (tracker: ReplicaTracker, { storeId }: ReplicaId): Membership | undefined =>
  tracker.replicas.find((replica) => replica.storeId === storeId)?.membership;

describe("the high watermark", () => {
  test("is where the leader is, if the leader alone will do", () => {
    const tracker = trackerOf(1, 3, 10);
    expect(tracker.highWatermark).toBe(10);
    tracker.leaderSynced(logOffset(12));
    expect(tracker.highWatermark).toBe(12);
  });

  test("stands still below the quorum, and is not lost", () => {
    const tracker = trackerOf(2, 3, 10);
    tracker.leaderSynced(logOffset(12));
    expect(tracker.highWatermark).toBe(3);
    pull(tracker, a, 7);
    expect(tracker.highWatermark).toBe(7);
  });

  test("waits for every replica that is in sync, also beyond the quorum", () => {
    const tracker = trackerOf(2, 0, 0);
    pull(tracker, a, 0);
    pull(tracker, b, 0);
    tracker.leaderSynced(logOffset(10));
    pull(tracker, a, 10);
    expect(tracker.highWatermark).toBe(0);
    pull(tracker, b, 6);
    expect(tracker.highWatermark).toBe(6);
  });

  test("does not wait for one that is behind, and does not count it", () => {
    const tracker = trackerOf(2, 10, 10);
    pull(tracker, a, 4);
    expect(tracker.inSyncCount).toBe(1);
    pull(tracker, b, 10);
    tracker.leaderSynced(logOffset(20));
    pull(tracker, b, 20);
    expect(tracker.highWatermark).toBe(20);
  });

  test("waits for one that is joining, and does not count it", () => {
    const tracker = trackerOf(2, 10, 10);
    pull(tracker, b, 10);
    pull(tracker, a, 4);
    tracker.leaderSynced(logOffset(20));
    pull(tracker, b, 20);
    pull(tracker, a, 10); // All that there was when it pulled last, and less than is committed.
    expect(membershipOf(tracker, a)).toBe("joining");
    expect(tracker.inSyncCount).toBe(2);
    tracker.leaderSynced(logOffset(30));
    pull(tracker, b, 30);
    expect(tracker.highWatermark).toBe(20);
    pull(tracker, a, 20);
    expect(membershipOf(tracker, a)).toBe("in-sync");
    pull(tracker, a, 30);
    expect(tracker.highWatermark).toBe(30);
  });
});

describe("membership", () => {
  test("a replica that has all that is committed is in sync at its first pull", () => {
    const tracker = trackerOf(1, 10, 10);
    pull(tracker, a, 10);
    expect(membershipOf(tracker, a)).toBe("in-sync");
  });

  test("a replica whose connection is lost is behind until it pulls again", () => {
    const tracker = trackerOf(1, 10, 10);
    const progress = pull(tracker, a, 10);
    tracker.leaderSynced(logOffset(20));
    expect(tracker.highWatermark).toBe(10);
    tracker.disconnected(progress);
    expect(membershipOf(tracker, a)).toBe("behind");
    expect(tracker.highWatermark).toBe(20);
    pull(tracker, a, 20);
    expect(membershipOf(tracker, a)).toBe("in-sync");
  });

  test("the loss of an old connection does not count against one that has pulled since", () => {
    const tracker = trackerOf(2, 10, 10);
    const overOldConnection = pull(tracker, a, 10);
    pull(tracker, a, 10, 1);
    tracker.disconnected(overOldConnection);
    expect(membershipOf(tracker, a)).toBe("in-sync");
    expect(tracker.inSyncCount).toBe(2);
  });

  test("a replica that does not catch up in time leaves, and comes back when it has", () => {
    const tracker = trackerOf(1, 10, 10);
    pull(tracker, a, 10, 0);
    tracker.leaderSynced(logOffset(30));
    pull(tracker, a, 15, 60);
    pull(tracker, a, 15, 90);
    expect(tracker.evictLate(timeoutMs)).toEqual([]);
    expect(tracker.evictLate(timeoutMs + 1)).toMatchObject([a]);
    expect(tracker.evictLate(timeoutMs + 1)).toEqual([]);
    expect(tracker.highWatermark).toBe(30);
    pull(tracker, a, 30, timeoutMs + 2);
    expect(membershipOf(tracker, a)).toBe("in-sync");
  });

  test("a replica that waits at the end of a log that does not grow is not late", () => {
    const tracker = trackerOf(1, 10, 10);
    for (let nowMs = 0; nowMs < 10 * timeoutMs; nowMs += timeoutMs / 3) {
      pull(tracker, a, 10, nowMs);
      expect(tracker.evictLate(nowMs)).toEqual([]);
    }
    expect(membershipOf(tracker, a)).toBe("in-sync");
  });

  test("an expected replica counts at once, is waited for, and not for ever", () => {
    const tracker = trackerOf(2);
    tracker.expect(a, 0);
    expect(tracker.inSyncCount).toBe(2);
    tracker.leaderSynced(logOffset(5));
    expect(tracker.highWatermark).toBe(0);
    expect(tracker.evictLate(timeoutMs + 1)).toMatchObject([a]);
    expect(tracker.inSyncCount).toBe(1);
    expect(tracker.highWatermark).toBe(0);
  });

  test("expecting a replica that is known changes nothing", () => {
    const tracker = trackerOf(1, 0, 10);
    pull(tracker, a, 4);
    tracker.expect(a, 50);
    expect(tracker.replicas).toMatchObject([{ syncedOffset: 4, membership: "behind" }]);
  });

  test("a replica that reappears with less than it had is behind, and nothing is taken back", () => {
    const tracker = trackerOf(2, 0, 0);
    pull(tracker, a, 0);
    tracker.leaderSynced(logOffset(10));
    pull(tracker, a, 10);
    expect(tracker.highWatermark).toBe(10);
    pull(tracker, a, 3, 1);
    expect(membershipOf(tracker, a)).toBe("behind");
    expect(tracker.highWatermark).toBe(10);
    tracker.leaderSynced(logOffset(12));
    expect(tracker.highWatermark).toBe(10);
  });

  test("a node with another data directory is another replica", () => {
    const tracker = trackerOf(2, 0, 0);
    pull(tracker, a, 0);
    tracker.leaderSynced(logOffset(10));
    pull(tracker, { ...a, storeId: "new-disk" }, 0);
    expect(tracker.replicas).toHaveLength(2);
    pull(tracker, a, 10);
    expect(tracker.highWatermark).toBe(0); // The new disk has none of it, whatever the old one had.
  });
});

describe("a follower that chases writers that never pause", () => {
  const growth = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 2, maxLength: 20 });

  test("gets in, whether or not others are in sync", () => {
    fc.assert(
      fc.property(
        growth,
        fc.boolean(),
        fc.integer({ min: 1, max: 5_000 }),
        (growth, hasOther, backlog) => {
          const tracker = trackerOf(1, backlog, backlog);
          let end = backlog;
          let from = 0;
          let nowMs = 0;
          if (hasOther) pull(tracker, b, end, nowMs);
          for (const records of growth) {
            const endAtPull = end;
            pull(tracker, a, from, nowMs++);
            end += records; // Written while the answer is on its way.
            tracker.leaderSynced(logOffset(end));
            if (hasOther) pull(tracker, b, end, nowMs);
            tracker.evictLate(nowMs);
            from = endAtPull;
          }
          pull(tracker, a, from, nowMs);
          expect(membershipOf(tracker, a)).toBe("in-sync");
        },
      ),
    );
  });

  test("is waited for no longer than the timeout", () => {
    const tracker = trackerOf(1, 10, 10);
    pull(tracker, a, 4, 0);
    tracker.leaderSynced(logOffset(20));
    pull(tracker, a, 10, 50);
    expect(membershipOf(tracker, a)).toBe("joining");
    tracker.leaderSynced(logOffset(30));
    expect(tracker.highWatermark).toBe(20);
    tracker.evictLate(timeoutMs + 1);
    expect(tracker.highWatermark).toBe(30);
  });
});

describe("a follower that comes and goes", () => {
  test("does not hold writers up when it returns with a backlog", () => {
    const tracker = trackerOf(1, 10, 10);
    pull(tracker, a, 10, 0);
    tracker.evictLate(timeoutMs + 1);
    tracker.leaderSynced(logOffset(1_000));
    // It has all that there was when it was here last, which says nothing of now.
    pull(tracker, a, 10, 50 * timeoutMs);
    expect(membershipOf(tracker, a)).toBe("behind");
    tracker.leaderSynced(logOffset(1_001));
    expect(tracker.highWatermark).toBe(1_001);
  });

  test("never holds writers up, however often it does so", () => {
    const visit = fc.record({
      absentMs: fc.integer({ min: timeoutMs + 1, max: 100 * timeoutMs }),
      written: fc.integer({ min: 1, max: 100 }),
      progress: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(visit, { maxLength: 30 }), (visits) => {
        const tracker = trackerOf(1, 10, 10);
        let nowMs = 0;
        let end = 10;
        let from = 0;
        for (const { absentMs, written, progress } of visits) {
          nowMs += absentMs;
          tracker.evictLate(nowMs);
          end += written;
          tracker.leaderSynced(logOffset(end));
          from += Math.floor((end - 1 - from) * progress); // Never all of it.
          pull(tracker, a, from, nowMs);
          end++;
          tracker.leaderSynced(logOffset(end));
          expect(tracker.highWatermark).toBe(end);
        }
      }),
    );
  });
});

describe("whatever happens, in whatever order", () => {
  const replicas = ["a", "b", "c"].map((name) => ({ nodeId: name, storeId: `disk-${name}` }));
  const who = fc.constantFrom(...replicas);
  const event = fc.oneof(
    fc.record({ type: fc.constant("leaderSynced" as const), records: fc.nat(20) }),
    // From anywhere up to the leader's end, also less than before.
    fc.record({
      type: fc.constant("pulled" as const),
      who,
      share: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
    }),
    fc.record({ type: fc.constant("disconnected" as const), pull: fc.nat(5) }),
    fc.record({ type: fc.constant("evictLate" as const), afterMs: fc.nat(2 * timeoutMs) }),
    fc.record({ type: fc.constant("expect" as const), who }),
  );
  const history = fc.record({
    writeQuorum: fc.integer({ min: 1, max: 4 }),
    highWatermark: fc.nat(20),
    uncommitted: fc.nat(20),
    events: fc.array(event, { maxLength: 100 }),
  });

  test("the watermark keeps its promises", () => {
    fc.assert(
      fc.property(history, ({ writeQuorum, highWatermark, uncommitted, events }) => {
        let end = highWatermark + uncommitted;
        const tracker = trackerOf(writeQuorum, highWatermark, end);
        const pulls: ReplicaProgress[] = [];
        // What each replica said last: the truth, whatever the tracker makes of it.
        const synced = new Map<string, number>();
        let nowMs = 0;
        for (const event of events) {
          const before = tracker.highWatermark;
          switch (event.type) {
            case "leaderSynced":
              end += event.records;
              tracker.leaderSynced(logOffset(end));
              break;
            case "pulled": {
              const from = Math.floor(end * event.share);
              synced.set(event.who.nodeId, from);
              pulls.unshift(pull(tracker, event.who, from, nowMs));
              break;
            }
            case "disconnected": {
              const lost = pulls[event.pull];
              if (lost !== undefined) tracker.disconnected(lost);
              break;
            }
            case "evictLate":
              nowMs += event.afterMs;
              for (const late of tracker.evictLate(nowMs)) {
                expect(nowMs - late.caughtUpMs).toBeGreaterThan(timeoutMs);
              }
              break;
            case "expect":
              tracker.expect(event.who, nowMs);
              break;
          }
          const after = tracker.highWatermark;
          expect(after).toBeGreaterThanOrEqual(before);
          expect(after).toBeLessThanOrEqual(end);
          if (after === before) continue;
          expect(tracker.inSyncCount).toBeGreaterThanOrEqual(writeQuorum);
          for (const { membership, syncedOffset } of tracker.replicas) {
            if (membership !== "behind") expect(after).toBeLessThanOrEqual(syncedOffset);
          }
          const holders = [...synced.values()].filter((offset) => offset >= after).length;
          expect(holders + 1).toBeGreaterThanOrEqual(writeQuorum);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("it reaches the leader's end once all have it, and once nobody is left to wait for", () => {
    fc.assert(
      fc.property(history, ({ writeQuorum, highWatermark, uncommitted, events }) => {
        let end = highWatermark + uncommitted;
        const tracker = trackerOf(writeQuorum, highWatermark, end);
        for (const event of events) {
          if (event.type === "leaderSynced")
            tracker.leaderSynced(logOffset((end += event.records)));
          if (event.type === "pulled") pull(tracker, event.who, Math.floor(end * event.share));
          if (event.type === "expect") tracker.expect(event.who, 0);
        }
        if (writeQuorum === 1) {
          tracker.evictLate(timeoutMs + 1);
        } else {
          for (const replica of replicas) pull(tracker, replica, end, 1);
        }
        expect(tracker.highWatermark).toBe(end);
      }),
    );
  });
});
