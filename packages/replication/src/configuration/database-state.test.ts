import { epoch } from "@boxerdb/engine";
import { describe, expect, test } from "vitest";

import type { ReplicaId } from "../replica-id.ts";

import type { DatabaseState } from "./configuration-manager.ts";
import { transitionProblem } from "./database-state.ts";

const id = "0b3f6a2e-7c51-4d0b-9a53-0b8c2b1f6a77";
const replicaOf = (name: string): ReplicaId => ({ nodeId: name, directoryId: `disk-${name}` });

/** `leader` "-": nobody. `inSync`: one letter for each. */
const state = (number: number, leader: string, inSync: string): DatabaseState => ({
  id,
  epoch: epoch(number),
  leader: leader === "-" ? undefined : replicaOf(leader),
  inSync: inSync.split("").map(replicaOf),
});

describe("a state by itself", () => {
  test.each([
    [state(1, "a", "a"), undefined],
    [state(0, "-", "ab"), undefined],
    [state(7, "b", "abc"), undefined],
    [state(1, "-", ""), "no replica is in sync"],
    [state(1, "a", ""), "no replica is in sync"],
    [state(1, "a", "bc"), "the leader is not in sync"],
    [state(1, "a", "aba"), "a replica is in sync twice"],
    [{ ...state(1, "a", "a"), epoch: 1.5 as DatabaseState["epoch"] }, "1.5 is no epoch"],
  ])("%j: %s", (made, problem) => {
    expect(transitionProblem(undefined, made)).toBe(problem);
  });

  test("another directory of a node is another replica", () => {
    const emptied = { nodeId: "a", directoryId: "new" };
    const both = { ...state(1, "a", "a"), inSync: [replicaOf("a"), emptied] };
    expect(transitionProblem(undefined, both)).toBeUndefined();
    const led = { ...state(1, "a", "a"), leader: emptied };
    expect(transitionProblem(undefined, led)).toBe("the leader is not in sync");
  });
});

describe("what may follow", () => {
  const table: [from: DatabaseState, to: DatabaseState, problem: string | undefined][] = [
    // Within a reign.
    [state(3, "a", "abc"), state(3, "a", "abc"), undefined],
    [state(3, "a", "abc"), state(3, "a", "a"), undefined],
    [state(3, "a", "a"), state(3, "a", "abc"), undefined],
    // Nobody leads: an operator may name who is to count as in sync.
    [state(3, "-", "abc"), state(3, "-", "a"), undefined],
    [state(3, "-", "a"), state(3, "-", "bc"), undefined],
    [state(3, "-", "a"), state(4, "-", "a"), "the epoch changes, and nobody leads"],
    [state(3, "-", "a"), state(2, "-", "a"), "the epoch changes, and nobody leads"],
    // A reign begins.
    [state(3, "a", "abc"), state(4, "b", "abc"), undefined],
    [state(3, "a", "abc"), state(4, "b", "bc"), undefined],
    [state(3, "-", "abc"), state(4, "c", "c"), undefined],
    [state(3, "a", "ab"), state(4, "a", "ab"), undefined],
    [state(3, "a", "ab"), state(4, "b", "abc"), "a change of leader adds a replica"],
    [state(3, "a", "ab"), state(4, "a", "abc"), "a change of leader adds a replica"],
    [state(3, "a", "ab"), state(4, "c", "abc"), "the new leader was not in sync"],
    [state(3, "-", "ab"), state(4, "c", "c"), "the new leader was not in sync"],
    [state(3, "a", "abc"), state(3, "b", "abc"), "epoch 4 comes next, not 3"],
    [state(3, "a", "abc"), state(5, "b", "abc"), "epoch 4 comes next, not 5"],
    [state(3, "a", "abc"), state(2, "a", "abc"), "epoch 4 comes next, not 2"],
    [state(3, "a", "abc"), state(5, "a", "abc"), "epoch 4 comes next, not 5"],
    [state(3, "-", "abc"), state(3, "a", "abc"), "epoch 4 comes next, not 3"],
    // A reign ends.
    [state(3, "a", "abc"), state(4, "-", "abc"), undefined],
    [state(3, "a", "abc"), state(4, "-", "bc"), undefined],
    [state(3, "a", "abc"), state(3, "-", "abc"), "epoch 4 comes next, not 3"],
    [state(3, "a", "ab"), state(4, "-", "abc"), "a change of leader adds a replica"],
  ];
  test.each(table)("%j to %j: %s", (from, to, problem) => {
    expect(transitionProblem(from, to)).toBe(problem);
  });

  test("only the same database", () => {
    const other = { ...state(3, "a", "a"), id: "another" };
    expect(transitionProblem(state(3, "a", "a"), other)).toBe("a database keeps its id");
  });
});
