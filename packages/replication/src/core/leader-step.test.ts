import { epoch, logOffset } from "@boxerdb/engine";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { revision, type VersionedState } from "../configuration/configuration-manager.ts";
import type { ReplicaId } from "../replica-id.ts";

import { beginReign, membershipOf, type LeaderState } from "./leader-state.ts";
import { stepLeader, type LeaderEffect, type LeaderEvent } from "./leader-step.ts";
import { protocolRules } from "./protocol-rules.ts";

const self: ReplicaId = { nodeId: "leader", directoryId: "disk-leader" };
const [a, b, c] = ["a", "b", "c"].map((nodeId) => ({ nodeId, directoryId: `disk-${nodeId}` })) as [
  ReplicaId,
  ReplicaId,
  ReplicaId,
];
const replicaTimeoutMs = 100;

/** A leader whose configuration manager answers when it is told to. */
class TestLeader {
  state: LeaderState;
  nowMs = 0;
  /** What the configuration manager holds. */
  held: VersionedState;
  readonly confirmed: number[] = [];
  readonly asked: Extract<LeaderEffect, { type: "propose" }>[] = [];
  /** How often pulls that wait were answered for a round of reads. */
  answered = 0;
  deposed = false;

  constructor(
    options: {
      readonly writeQuorum?: number;
      readonly inSync?: readonly ReplicaId[];
      readonly startOffset?: number;
      readonly highWatermark?: number;
      readonly answersAtOnce?: boolean;
    } = {},
  ) {
    const { writeQuorum = 1, inSync = [], startOffset = 0, highWatermark = 0 } = options;
    this.#answersAtOnce = options.answersAtOnce ?? true;
    this.held = {
      state: { id: "database", epoch: epoch(1), leader: self, inSync: [self, ...inSync] },
      revision: revision(1),
    };
    this.state = beginReign({
      settings: { writeQuorum, replicaTimeoutMs, resumeMs: 10_000 },
      self,
      elected: this.held,
      startOffset: logOffset(startOffset),
      syncedOffset: logOffset(startOffset + 1),
      highWatermark: logOffset(highWatermark),
      nowMs: 0,
    });
    this.synced(startOffset + 1);
  }

  readonly #answersAtOnce: boolean;

  step(event: LeaderEvent): void {
    const { state, effects } = stepLeader(this.state, event, protocolRules);
    this.state = state;
    for (const effect of effects) {
      if (effect.type === "confirmReads") this.confirmed.push(effect.round);
      if (effect.type === "answerPulls") this.answered++;
      if (effect.type === "deposed") this.deposed = true;
      if (effect.type !== "propose") continue;
      this.asked.push(effect);
      if (this.#answersAtOnce) this.apply();
    }
  }

  /** Has the configuration manager do what was asked last, if it still can; tells the leader. */
  apply({ isAnswered = true } = {}): void {
    const asked = this.asked.at(-1);
    if (asked === undefined) throw new Error("nothing was asked");
    if (asked.expected === this.held.revision) {
      this.held = {
        state: { ...this.held.state, inSync: asked.inSync },
        revision: revision(this.held.revision + 1),
      };
    }
    if (isAnswered) this.step({ type: "configured", current: this.held, nowMs: this.nowMs });
  }

  synced(offset: number): void {
    this.step({ type: "synced", offset: logOffset(offset) });
  }

  pull(replica: ReplicaId, from: number, round = 0): void {
    const { nowMs } = this;
    this.step({ type: "pulled", replica, from: logOffset(from), round, nowMs });
  }

  tick(nowMs: number): void {
    this.nowMs = nowMs;
    this.step({ type: "ticked", nowMs });
  }

  get inSync(): readonly string[] {
    return this.held.state.inSync.map(({ nodeId }) => nodeId);
  }

  get highWatermark(): number {
    return this.state.highWatermark;
  }

  membership({ nodeId }: ReplicaId): string | undefined {
    const progress = [...this.state.replicas.values()].find(
      ({ replica }) => replica.nodeId === nodeId,
    );
    return progress && membershipOf(this.state, progress);
  }
}

describe("a leader alone", () => {
  test("commits what it has synced, where that is enough", () => {
    const leader = new TestLeader();
    leader.synced(7);
    expect(leader.highWatermark).toBe(7);
  });

  test("commits nothing where it is not", () => {
    const leader = new TestLeader({ writeQuorum: 2 });
    leader.synced(7);
    expect(leader.highWatermark).toBe(0);
  });
});

describe("a replica", () => {
  test("gets in once it has the epoch record and all that is committed", () => {
    const leader = new TestLeader({ startOffset: 4 });
    leader.synced(10);
    leader.pull(a, 4);
    expect(leader.inSync).toEqual(["leader"]);
    leader.pull(a, 10);
    expect(leader.inSync).toEqual(["leader", "a"]);
    leader.synced(12);
    expect(leader.highWatermark).toBe(10);
    leader.pull(a, 12);
    expect(leader.highWatermark).toBe(12);
  });

  test("does not get in with the records before the reign alone", () => {
    const leader = new TestLeader({ startOffset: 4, writeQuorum: 2, inSync: [b] });
    leader.pull(a, 4);
    leader.pull(b, 5);
    expect(leader.inSync).toEqual(["leader", "b"]);
  });

  test("does not get in before all that are in sync have the epoch record", () => {
    const leader = new TestLeader({ startOffset: 4, inSync: [b] });
    leader.pull(a, 5);
    expect(leader.inSync).toEqual(["leader", "b"]);
    leader.pull(b, 5);
    leader.pull(a, 5);
    expect(leader.inSync).toEqual(["leader", "b", "a"]);
  });

  test("that is behind is waited for by nobody", () => {
    const leader = new TestLeader();
    leader.synced(10);
    leader.pull(a, 3);
    expect(leader.membership(a)).toBe("behind");
    leader.synced(11);
    expect(leader.highWatermark).toBe(11);
  });

  test("that is in sync and late goes, and no sooner", () => {
    const leader = new TestLeader({ inSync: [a] });
    leader.synced(5);
    leader.tick(replicaTimeoutMs);
    expect(leader.inSync).toEqual(["leader", "a"]);
    expect(leader.highWatermark).toBe(0);
    leader.tick(replicaTimeoutMs + 1);
    expect(leader.inSync).toEqual(["leader"]);
    expect(leader.highWatermark).toBe(5);
  });

  test("that has kept up once and is late is waited for no longer when it has gone", () => {
    const leader = new TestLeader({ inSync: [a, b] });
    leader.pull(a, 1);
    leader.pull(b, 1);
    leader.synced(5);
    leader.nowMs = replicaTimeoutMs + 1;
    // No time has come to look for who is late, but this pull shows that one is.
    leader.pull(b, 5);
    expect(leader.inSync).toEqual(["leader", "b"]);
    expect(leader.membership(a)).toBe("behind");
    expect(leader.highWatermark).toBe(5);
  });

  test("whose connection is lost goes at once, and comes again", () => {
    const leader = new TestLeader({ inSync: [a] });
    leader.pull(a, 1);
    leader.step({ type: "disconnected", replica: a, nowMs: 1 });
    expect(leader.inSync).toEqual(["leader"]);
    leader.pull(a, 1);
    expect(leader.inSync).toEqual(["leader", "a"]);
  });

  test("with another data directory is another replica", () => {
    const leader = new TestLeader({ inSync: [a] });
    leader.synced(10);
    leader.pull({ ...a, directoryId: "new-disk" }, 0);
    expect(leader.highWatermark).toBe(0);
    leader.pull({ ...a, directoryId: "new-disk" }, 10);
    expect(leader.highWatermark).toBe(0); // The disk that is in sync has not said that it has them.
  });

  test("that waits at the end of a log that does not grow is not late", () => {
    const leader = new TestLeader({ inSync: [a] });
    for (let nowMs = 0; nowMs < 10 * replicaTimeoutMs; nowMs += replicaTimeoutMs / 3) {
      leader.nowMs = nowMs;
      leader.pull(a, 1);
      leader.tick(nowMs);
      expect(leader.inSync).toEqual(["leader", "a"]);
    }
  });

  test("that chases writers which never pause gets in", () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 2, maxLength: 20 }),
        fc.integer({ min: 1, max: 5_000 }),
        (growth, backlog) => {
          const leader = new TestLeader();
          let end = backlog + 1;
          leader.synced(end);
          let from = 0;
          for (const records of growth) {
            const endAtPull = end;
            leader.pull(a, from);
            end += records; // Written while the answer is on its way.
            leader.synced(end);
            leader.tick((leader.nowMs += 1));
            from = endAtPull;
          }
          leader.pull(a, from);
          expect(leader.inSync).toEqual(["leader", "a"]);
        },
      ),
    );
  });

  test("never holds writers up by coming and going with a backlog", () => {
    const visit = fc.record({
      absentMs: fc.integer({ min: replicaTimeoutMs + 1, max: 100 * replicaTimeoutMs }),
      written: fc.integer({ min: 1, max: 100 }),
      progress: fc.double({ min: 0, max: 1, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(visit, { maxLength: 30 }), (visits) => {
        const leader = new TestLeader();
        let end = 10;
        let from = 0;
        for (const { absentMs, written, progress } of visits) {
          leader.tick(leader.nowMs + absentMs);
          leader.synced((end += written));
          from += Math.floor((end - 1 - from) * progress); // Never all of it.
          leader.pull(a, from);
          leader.synced(++end);
          expect(leader.highWatermark).toBe(end);
        }
      }),
    );
  });
});

describe("a change of who is in sync", () => {
  test("that adds a replica has it waited for before it is agreed on", () => {
    const leader = new TestLeader({ answersAtOnce: false });
    leader.pull(a, 1);
    leader.synced(5);
    expect(leader.membership(a)).toBe("joining");
    expect(leader.highWatermark).toBe(1);
    leader.apply();
    expect(leader.membership(a)).toBe("in-sync");
    leader.pull(a, 5);
    expect(leader.highWatermark).toBe(5);
  });

  test("that removes one has it waited for until it is agreed on", () => {
    const leader = new TestLeader({ inSync: [a], answersAtOnce: false });
    leader.pull(a, 1);
    leader.synced(5);
    leader.step({ type: "disconnected", replica: a, nowMs: 1 });
    expect(leader.membership(a)).toBe("leaving");
    expect(leader.highWatermark).toBe(1);
    leader.apply();
    expect(leader.highWatermark).toBe(5);
  });

  test("whose answer is lost counts as both, until an answer comes", () => {
    const leader = new TestLeader({ inSync: [a], answersAtOnce: false });
    leader.pull(a, 1);
    leader.synced(5);
    leader.step({ type: "disconnected", replica: a, nowMs: 1 });
    leader.apply({ isAnswered: false });
    leader.step({ type: "proposalLost" });
    expect(leader.highWatermark).toBe(1);
    leader.pull(b, 5); // Does not ask again: that is for the next tick.
    expect(leader.asked).toHaveLength(1);
    leader.tick(2);
    expect(leader.asked).toHaveLength(2);
    leader.apply(); // In vain: the first has been applied. The answer says so.
    expect(leader.inSync).toEqual(["leader"]);
    expect(leader.state.agreed.revision).toBe(2);
    expect(leader.highWatermark).toBe(5);
  });

  test("is asked for one at a time", () => {
    const leader = new TestLeader({ answersAtOnce: false });
    leader.pull(a, 1);
    leader.pull(b, 1);
    expect(leader.asked).toHaveLength(1);
    leader.apply();
    expect(leader.asked).toHaveLength(2);
    leader.apply();
    expect(leader.inSync).toEqual(["leader", "a", "b"]);
  });

  test("shows a leader that another reign has begun", () => {
    const leader = new TestLeader({ inSync: [a] });
    const state = { ...leader.held.state, epoch: epoch(2), leader: a };
    const current = { state, revision: revision(9) };
    leader.step({ type: "configured", current, nowMs: 1 });
    expect(leader.deposed).toBe(true);
  });
});

describe("a read that must be linearizable", () => {
  test("waits until all have said, after it came, that they know of no other leader", () => {
    const leader = new TestLeader({ inSync: [a, b] });
    leader.pull(a, 1);
    leader.pull(b, 1);
    leader.step({ type: "readAsked" });
    const round = leader.state.wantedRound;
    expect(leader.answered).toBe(1);
    expect(leader.confirmed).not.toContain(round);
    leader.pull(a, 1, round);
    leader.pull(b, 1, round - 1); // An answer from before the read.
    expect(leader.confirmed).not.toContain(round);
    leader.pull(b, 1, round);
    expect(leader.confirmed).toContain(round);
  });

  test("that came within a round is confirmed by the next one", () => {
    const leader = new TestLeader({ inSync: [a] });
    leader.pull(a, 1);
    leader.step({ type: "readAsked" });
    const first = leader.state.wantedRound;
    leader.step({ type: "readAsked" });
    const second = leader.state.wantedRound;
    expect(second).toBe(first + 1);
    leader.pull(a, 1, first);
    expect(leader.confirmed).toEqual([first]);
    expect(leader.answered).toBe(2);
    leader.pull(a, 1, second);
    expect(leader.confirmed).toEqual([first, second]);
  });

  test("needs nobody where nobody else could lead", () => {
    const leader = new TestLeader();
    leader.step({ type: "readAsked" });
    expect(leader.confirmed).toEqual([leader.state.wantedRound]);
  });

  test("waits until the reign has committed a record", () => {
    const leader = new TestLeader({ writeQuorum: 2 });
    leader.step({ type: "readAsked" });
    expect(leader.confirmed).toEqual([]);
    leader.pull(a, 1);
    expect(leader.highWatermark).toBe(1);
    leader.pull(a, 1, leader.state.round);
    expect(leader.confirmed).toContain(leader.state.wantedRound);
  });
});

describe("whatever happens, in whatever order", () => {
  const replicas = [a, b, c];
  const who = fc.constantFrom(...replicas);
  const event = fc.oneof(
    fc.record({ type: fc.constant("synced" as const), records: fc.nat(20) }),
    fc.record({
      type: fc.constant("pulled" as const),
      who,
      share: fc.oneof(fc.constant(1), fc.double({ min: 0, max: 1, noNaN: true })),
    }),
    fc.record({ type: fc.constant("disconnected" as const), who }),
    fc.record({ type: fc.constant("ticked" as const), afterMs: fc.nat(2 * replicaTimeoutMs) }),
    fc.record({ type: fc.constant("applied" as const), isAnswered: fc.boolean() }),
    fc.record({ type: fc.constant("lost" as const) }),
  );
  const history = fc.record({
    writeQuorum: fc.integer({ min: 1, max: 4 }),
    inSync: fc.subarray(replicas),
    events: fc.array(event, { maxLength: 100 }),
  });

  test("what is committed is on every replica that could lead next, and on enough of them", () => {
    fc.assert(
      fc.property(history, ({ writeQuorum, inSync, events }) => {
        const leader = new TestLeader({ writeQuorum, inSync, answersAtOnce: false });
        let end = 1;
        // What each replica has ever said that it has: the truth, whatever the leader makes of it.
        const synced = new Map<string, number>();
        for (const event of events) {
          const before = leader.highWatermark;
          switch (event.type) {
            case "synced":
              leader.synced((end += event.records));
              break;
            case "pulled": {
              const from = Math.max(
                synced.get(event.who.nodeId) ?? 0,
                Math.floor(end * event.share),
              );
              synced.set(event.who.nodeId, from);
              leader.pull(event.who, from);
              break;
            }
            case "disconnected": {
              const { nowMs } = leader;
              leader.step({ type: "disconnected", replica: event.who, nowMs });
              break;
            }
            case "ticked":
              leader.tick(leader.nowMs + event.afterMs);
              break;
            case "applied":
              if (leader.asked.length > 0) leader.apply({ isAnswered: event.isAnswered });
              break;
            case "lost":
              leader.step({ type: "proposalLost" });
              break;
          }
          const after = leader.highWatermark;
          expect(after).toBeGreaterThanOrEqual(before);
          expect(after).toBeLessThanOrEqual(end);
          if (after === before) continue;
          for (const { nodeId } of leader.held.state.inSync) {
            if (nodeId !== self.nodeId) {
              expect(synced.get(nodeId) ?? 0).toBeGreaterThanOrEqual(after);
            }
          }
          const holders = [...synced.values()].filter((offset) => offset >= after).length;
          expect(holders + 1).toBeGreaterThanOrEqual(writeQuorum);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
