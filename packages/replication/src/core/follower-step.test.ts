import { epoch, logOffset } from "@boxerdb/engine";
import { describe, expect, test } from "vitest";

import type { PullResult, Refusal } from "../protocol/messages.ts";

import { beginFollowing, type FollowerSettings, type FollowerState } from "./follower-state.ts";
import { stepFollower, type FollowerEffect, type FollowerEvent } from "./follower-step.ts";
import type { LogFacts } from "./log-facts.ts";
import { protocolRules } from "./protocol-rules.ts";

const settings: FollowerSettings = { pullWaitMs: 1_000, retryPauseMs: 200, onLostCommits: "copy" };

const logOf = (endOffset: number, highWatermark = 0, wholeFrom = 0): LogFacts => ({
  endOffset: logOffset(endOffset),
  highWatermark: logOffset(highWatermark),
  wholeFrom: logOffset(wholeFrom),
  epochs: endOffset === 0 ? [] : [{ epoch: epoch(1), startOffset: logOffset(0), checksum: 1 }],
});

const answer = (fields: Partial<PullResult> = {}): PullResult => ({
  epoch: epoch(3),
  nextOffset: logOffset(10),
  highWatermark: logOffset(8),
  endOffset: logOffset(12),
  purgeLimit: logOffset(0),
  purgeFloor: logOffset(0),
  compactedTo: logOffset(0),
  round: 0,
  ...fields,
});

const diverged = (endOffset: number): Refusal => ({
  code: "diverged",
  message: "no part of it",
  epoch: epoch(1),
  checksum: 1,
  endOffset: logOffset(endOffset),
});

/** A follower that has asked its leader, and what it does about the event that comes then. */
class Asking {
  state: FollowerState;

  constructor(
    overrides: Partial<FollowerSettings> = {},
    target: FollowerState["target"] = { kind: "log" },
  ) {
    this.state = beginFollowing({ ...settings, ...overrides }, epoch(3), target);
    expect(this.on({ type: "ready" })).toEqual([{ type: "pull", round: 0 }]);
  }

  on(event: FollowerEvent): readonly FollowerEffect[] {
    const { state, effects } = stepFollower(this.state, event, protocolRules);
    this.state = state;
    return effects;
  }
}

describe("a follower that has asked", () => {
  test("appends what it gets, then shows what is committed of it, then asks again", () => {
    const follower = new Asking();
    const result = answer({ round: 4 });
    expect(follower.on({ type: "answered", result, log: logOf(5) })).toEqual([{ type: "append" }]);
    expect(follower.on({ type: "written", log: logOf(10) })).toEqual([
      { type: "show", highWatermark: 8 },
      { type: "pull", round: 4 },
    ]);
  });

  test("shows no more than it has", () => {
    const follower = new Asking();
    const result = answer({ nextOffset: logOffset(5) });
    expect(follower.on({ type: "answered", result, log: logOf(5) })).toEqual([
      { type: "show", highWatermark: 5 },
      { type: "pull", round: 0 },
    ]);
  });

  test.each([2, 4])("takes nothing from a leader in epoch %d", (number) => {
    const follower = new Asking();
    const result = answer({ epoch: epoch(number) });
    const effects = follower.on({ type: "answered", result, log: logOf(5) });
    expect(effects).toMatchObject([{ type: "lookAnew" }, { type: "pause", ms: 200 }]);
    expect(follower.on({ type: "ready" })).toEqual([{ type: "pull", round: 0 }]);
  });

  test.each(["unknown_database", "not_leader"] as const)("looks who leads after %s", (code) => {
    const refusal = { code, message: "not here" };
    expect(new Asking().on({ type: "refused", refusal, log: logOf(5) })).toMatchObject([
      { type: "lookAnew" },
      { type: "pause", reason: "not here" },
    ]);
  });

  test("tries again after no answer, as late as it is told to", () => {
    const follower = new Asking();
    expect(follower.on({ type: "failed", reason: "nobody there", pauseMs: 5_000 })).toEqual([
      { type: "pause", ms: 5_000, reason: "nobody there" },
    ]);
  });

  test("does not append what is damaged, and asks again", () => {
    const follower = new Asking();
    follower.on({ type: "answered", result: answer(), log: logOf(5) });
    expect(follower.on({ type: "rejected", reason: "damaged" })).toMatchObject([{ type: "pause" }]);
  });

  test("cuts off what the leader does not have", () => {
    const follower = new Asking();
    expect(follower.on({ type: "refused", refusal: diverged(4), log: logOf(6, 3) })).toEqual([
      { type: "truncate", offset: 4 },
    ]);
    expect(follower.on({ type: "written", log: logOf(4, 3) })).toMatchObject([
      { type: "show" },
      { type: "pull" },
    ]);
  });

  test("does not cut what it has shown: it copies all anew", () => {
    const follower = new Asking();
    expect(follower.on({ type: "refused", refusal: diverged(2), log: logOf(6, 3) })).toMatchObject([
      {
        type: "beginCopy",
        reason: expect.stringContaining("records from 2 to 3 were committed"),
        goal: 0,
      },
    ]);
  });

  test("leaves that to an operator where the configuration says who leads", () => {
    const follower = new Asking({ onLostCommits: "halt" });
    expect(follower.on({ type: "refused", refusal: diverged(2), log: logOf(6, 3) })).toMatchObject([
      { type: "halt", reason: expect.stringContaining("may be their only copy") },
    ]);
    expect(follower.on({ type: "ready" })).toEqual([]);
  });

  test("copies all anew where a part of its log cannot be read", () => {
    const follower = new Asking();
    const reason = "a record does not fit its checksum";
    expect(follower.on({ type: "damaged", reason, log: logOf(9, 6) })).toEqual([
      // No sooner does it take the place of the old one than it has all that was shown.
      { type: "beginCopy", reason, goal: 6 },
    ]);
    expect(follower.state.target).toEqual({ kind: "copy", goal: 6 });
  });

  test("halts where its log cannot be written", () => {
    const follower = new Asking();
    follower.on({ type: "answered", result: answer(), log: logOf(5) });
    expect(follower.on({ type: "broken", reason: "EIO" })).toEqual([
      { type: "halt", reason: "EIO", isForGood: false },
    ]);
  });
});

describe("a copy that is made anew", () => {
  const floor: Refusal = {
    code: "below_purge_floor",
    message: "too old",
    purgeFloor: logOffset(20),
  };

  test("takes the old one's place when it shows as much, and as much as was committed at first", () => {
    const follower = new Asking();
    expect(follower.on({ type: "refused", refusal: floor, log: logOf(6, 6) })).toEqual([
      { type: "beginCopy", reason: "too old", goal: 6 },
    ]);
    follower.on({ type: "written", log: logOf(0) });
    const first = answer({ nextOffset: logOffset(15), highWatermark: logOffset(30) });
    follower.on({ type: "answered", result: first, log: logOf(0) });
    // More than the old one had, and not yet all that was committed when the copy was begun.
    expect(follower.on({ type: "written", log: logOf(15) })).toEqual([
      { type: "show", highWatermark: 15 },
      { type: "pull", round: 0 },
    ]);
    const second = answer({ nextOffset: logOffset(40), highWatermark: logOffset(35) });
    follower.on({ type: "answered", result: second, log: logOf(15, 15) });
    expect(follower.on({ type: "written", log: logOf(40, 15) })).toEqual([
      { type: "show", highWatermark: 35 },
      { type: "completeCopy" },
    ]);
    expect(follower.on({ type: "written", log: logOf(40, 35) })).toMatchObject([
      { type: "show" },
      { type: "pull" },
    ]);
    expect(follower.state.target).toEqual({ kind: "log" });
  });

  test("takes the place of the log only when it is whole", () => {
    const follower = new Asking({}, { kind: "copy", goal: logOffset(9) });
    const result = answer({ nextOffset: logOffset(12), highWatermark: logOffset(11) });
    follower.on({ type: "answered", result, log: logOf(4, 4) });
    expect(follower.on({ type: "written", log: logOf(12, 4, 12) })).toEqual([
      { type: "show", highWatermark: 11 },
      { type: "pull", round: 0 },
    ]);
    const next = answer({ nextOffset: logOffset(12), highWatermark: logOffset(12) });
    expect(follower.on({ type: "answered", result: next, log: logOf(12, 11, 12) })).toEqual([
      { type: "show", highWatermark: 12 },
      { type: "completeCopy" },
    ]);
  });

  test("is begun again where the leader has dropped what it would need", () => {
    const follower = new Asking({}, { kind: "copy", goal: logOffset(9) });
    expect(follower.on({ type: "refused", refusal: floor, log: logOf(4) })).toMatchObject([
      { type: "beginCopy", goal: 9 },
    ]);
    expect(follower.state.target).toEqual({ kind: "copy", goal: 9 });
  });
});

test("what cannot happen is a mistake of ours", () => {
  const follower = new Asking();
  expect(() => follower.on({ type: "written", log: logOf(1) })).toThrow(/assertion failed/);
});
