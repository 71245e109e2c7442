import { epoch } from "@boxerdb/engine";
import { describe, expect, test } from "vitest";

import { revision, type DatabaseState } from "../configuration/configuration-manager.ts";
import { transitionProblem } from "../configuration/database-state.ts";
import type { ReplicaId } from "../replica-id.ts";

import { protocolRules } from "./protocol-rules.ts";
import { decideRole, type RoleDecision, type RoleFacts } from "./role-decision.ts";

const self: ReplicaId = { nodeId: "self", directoryId: "disk" };
const other: ReplicaId = { nodeId: "other", directoryId: "disk" };
const third: ReplicaId = { nodeId: "third", directoryId: "disk" };
/** What this node had before its disk was replaced. */
const former: ReplicaId = { nodeId: "self", directoryId: "old-disk" };

type Case = Omit<Partial<RoleFacts>, "current"> & {
  readonly leader: ReplicaId | undefined;
  readonly inSync: readonly ReplicaId[];
};

function decide({ leader, inSync, ...facts }: Case): {
  readonly decision: RoleDecision;
  readonly state: DatabaseState;
} {
  const state = { id: "database", epoch: epoch(5), leader, inSync };
  const decision = decideRole(
    {
      self,
      current: { state, revision: revision(7) },
      isLeaderThere: true,
      hasLease: true,
      isFit: true,
      isCopying: false,
      isForsaken: false,
      isRetiring: false,
      isLeading: false,
      askedEpoch: undefined,
      ...facts,
    },
    protocolRules,
  );
  // Whatever is asked for is allowed to follow.
  if (decision.role === "ask") expect(transitionProblem(state, decision.next)).toBeUndefined();
  return { decision, state };
}

const everyone = [self, other, third];

describe("a replica in sync that is copied anew", () => {
  const copying = { isFit: false, isCopying: true };

  test("gives up its copy where nobody has led for long, and leads then", () => {
    const given = { leader: other, inSync: [self, other], isLeaderThere: false };
    const forsaken = { ...given, isForsaken: true };
    expect(decide({ ...given, ...copying }).decision).toMatchObject({ role: "follow" });
    expect(decide({ ...forsaken, ...copying }).decision).toEqual({ role: "giveUpCopy" });
    expect(decide(forsaken).decision).toMatchObject({ role: "ask", next: { leader: self } });
  });

  test("goes on where it is in sync no more: others have what it lacks", () => {
    const given = { leader: undefined, inSync: [other], isLeaderThere: false, isForsaken: true };
    expect(decide({ ...given, ...copying }).decision).toEqual({ role: "wait" });
  });
});

describe("a node", () => {
  test.each<{ readonly name: string; readonly given: Case; readonly role: string }>([
    {
      name: "leads where it was elected by what it asked for",
      given: { leader: self, inSync: everyone, askedEpoch: epoch(5) },
      role: "lead",
    },
    {
      name: "follows a leader that is there",
      given: { leader: other, inSync: everyone },
      role: "follow",
    },
    {
      name: "waits where nobody leads and it is not in sync",
      given: { leader: undefined, inSync: [other, third] },
      role: "wait",
    },
    {
      name: "waits where nobody leads and its lease may have ended",
      given: { leader: undefined, inSync: everyone, hasLease: false },
      role: "wait",
    },
    {
      name: "waits where nobody leads and its log cannot be written",
      given: { leader: undefined, inSync: everyone, isFit: false },
      role: "wait",
    },
    {
      name: "waits where nobody leads and it is about to stop",
      given: { leader: undefined, inSync: everyone, isRetiring: true },
      role: "wait",
    },
    {
      name: "leads on until it has handed over",
      given: {
        leader: self,
        inSync: everyone,
        askedEpoch: epoch(5),
        isLeading: true,
        isRetiring: true,
      },
      role: "lead",
    },
    {
      name: "goes on with a leader that has gone where it cannot lead itself",
      given: { leader: other, inSync: [other, third], isLeaderThere: false },
      role: "follow",
    },
  ])("$name", ({ given, role }) => {
    expect(decide(given).decision.role).toBe(role);
  });

  test.each<{ readonly name: string; readonly given: Case }>([
    {
      name: "whose lease has ended",
      given: { leader: other, inSync: everyone, isLeaderThere: false },
    },
    { name: "that has resigned", given: { leader: undefined, inSync: everyone } },
    { name: "that it was itself, in an earlier life", given: { leader: self, inSync: everyone } },
    {
      name: "that it was itself, in an earlier reign of this life",
      given: { leader: self, inSync: everyone, askedEpoch: epoch(4) },
    },
  ])("asks for the next reign after a leader $name", ({ given }) => {
    const { decision, state } = decide(given);
    expect(decision).toEqual({
      role: "ask",
      expected: 7,
      epoch: 6,
      next: { ...state, epoch: 6, leader: self },
    });
  });

  test("lays down its office where its log cannot be written, and leaves those in sync", () => {
    const given = { leader: self, inSync: everyone, askedEpoch: epoch(5), isFit: false };
    const { decision } = decide(given);
    expect(decision).toMatchObject({
      role: "ask",
      epoch: undefined,
      next: { leader: undefined, inSync: [other, third] },
    });
  });

  test.each<{ readonly name: string; readonly given: Partial<Case> }>([
    { name: "that it was just elected for", given: { askedEpoch: epoch(5) } },
    { name: "that another node has left to it", given: {} },
  ])("declines the office $name where it is about to stop, and stays in sync", ({ given }) => {
    const { decision } = decide({ leader: self, inSync: everyone, isRetiring: true, ...given });
    expect(decision).toMatchObject({
      role: "ask",
      epoch: undefined,
      next: { leader: undefined, inSync: everyone },
    });
  });

  test("lays down the office of the directory that it has no more", () => {
    const { decision } = decide({ leader: former, inSync: [former, other] });
    expect(decision).toMatchObject({
      role: "ask",
      epoch: undefined,
      next: { leader: undefined, inSync: [other] },
    });
  });

  test("does not drop the only replica that is in sync, though it is gone", () => {
    const { decision } = decide({ leader: former, inSync: [former] });
    expect(decision).toMatchObject({ role: "ask", next: { leader: undefined, inSync: [former] } });
    expect(decide({ leader: undefined, inSync: [former] }).decision).toEqual({ role: "wait" });
  });
});
