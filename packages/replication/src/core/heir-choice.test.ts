import { logOffset } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { chooseHeir } from "./heir-choice.ts";
import type { ReplicaProgress } from "./leader-state.ts";

const copy = (nodeId: string, fields: Partial<ReplicaProgress> = {}): ReplicaProgress => ({
  replica: { nodeId, directoryId: "disk" },
  syncedOffset: logOffset(10),
  lastPullMs: 0,
  caughtUpMs: 0,
  endAtLastPull: logOffset(10),
  keepsUp: true,
  isConnected: true,
  confirmedRound: 0,
  ...fields,
});

const chosen = (inSync: readonly ReplicaProgress[], turn = 0, gone: readonly string[] = []) =>
  chooseHeir({ inSync, present: { has: (nodeId) => !gone.includes(nodeId) }, turn })?.replica
    .nodeId;

test("of several that are as good, each has its turn, whatever their order", () => {
  const copies = ["b", "c", "a"].map((nodeId) => copy(nodeId));
  expect([0, 1, 2, 3].map((turn) => chosen(copies, turn))).toEqual(["a", "b", "c", "a"]);
});

test("one that has most goes first", () => {
  const copies = [copy("a", { syncedOffset: logOffset(9) }), copy("b")];
  expect([0, 1].map((turn) => chosen(copies, turn))).toEqual(["b", "b"]);
  expect(chosen([copy("a", { syncedOffset: undefined }), copy("b")])).toBe("b");
});

test("one that cannot be reached is waited for where there is no other", () => {
  const lost = copy("a", { isConnected: false, syncedOffset: logOffset(99) });
  expect(chosen([lost, copy("b")])).toBe("b");
  expect(chosen([lost])).toBe("a");
});

test("one whose lease has ended is none", () => {
  expect(chosen([copy("a"), copy("b")], 0, ["a"])).toBe("b");
  expect(chosen([copy("a")], 0, ["a"])).toBeUndefined();
  expect(chosen([])).toBeUndefined();
});
