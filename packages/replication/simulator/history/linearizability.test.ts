import { logOffset, type LogOffset } from "@boxerdb/engine";
import { describe, expect, test } from "vitest";

import { History } from "./history.ts";
import { checkLinearizability } from "./linearizability.ts";
import type { Entry, Value } from "./operation.ts";

/** The outcome of a write that was acknowledged. */
const at = (offset: number): { readonly type: "ok"; readonly offset: LogOffset } => ({
  type: "ok",
  offset: logOffset(offset),
});

/** The outcome of a read. */
const found = (value: Value, offset: number): { readonly type: "ok"; readonly entry: Entry } => ({
  type: "ok",
  entry: { value, offset: logOffset(offset) },
});

const absent = { type: "ok", entry: undefined } as const;
const unknown = { type: "unknown" } as const;
const failed = { type: "failed" } as const;
const notFound = { type: "not found" } as const;
const preconditionFailed = { type: "precondition failed" } as const;

const expectLinearizable = ({ operations }: History): void => {
  expect(checkLinearizability(operations)).toEqual({ isLinearizable: true });
};

/** What cannot come next, one line each. */
const misfitsOf = ({ operations }: History): readonly string[] => {
  const verdict = checkLinearizability(operations);
  if (verdict.isLinearizable) return [];
  return verdict.misfits.map(({ client, kind }) => `${client} ${kind}`);
};

describe("operations that come one after the other", () => {
  test("see what was done before", () => {
    const history = new History();
    history.get("a", "k")(absent);
    history.delete("a", "k")(notFound);
    history.put("a", "k", 1)(at(0));
    history.get("b", "k")(found(1, 0));
    history.put("b", "k", 2, logOffset(0))(at(4));
    history.put("c", "k", 3, null)(preconditionFailed);
    history.delete("c", "k", logOffset(0))(preconditionFailed);
    history.delete("c", "k")(at(5));
    history.put("c", "k", 4, null)(at(6));
    history.get("c", "k")(found(4, 6));
    expectLinearizable(history);
  });

  test("a read does not miss a write that was acknowledged", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    history.put("a", "k", 2)(at(1));
    history.get("b", "k")(found(1, 0));
    expect(misfitsOf(history)).toEqual(["b get"]);
  });

  test("nor does it miss the first one", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    history.get("b", "k")(absent);
    expect(misfitsOf(history)).toEqual(["b get"]);
  });

  test("nor a deletion", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    history.delete("a", "k")(at(1));
    history.get("b", "k")(found(1, 0));
    expect(misfitsOf(history)).toEqual(["b get"]);
  });

  test("a value is not read before it was written, nor if nobody wrote it", () => {
    const early = new History();
    early.get("a", "k")(found(1, 0));
    early.put("b", "k", 1)(at(0));
    expect(misfitsOf(early)).toEqual(["a get"]);

    const invented = new History();
    invented.get("a", "k")(found(1, 0));
    expect(misfitsOf(invented)).toEqual(["a get"]);
  });

  test("keys have nothing to do with each other, but each must hold", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    history.put("a", "l", 1)(at(1));
    history.get("b", "k")(found(1, 0));
    expectLinearizable(history);
    history.get("b", "l")(absent);
    expect(checkLinearizability(history.operations)).toMatchObject({ key: "l" });
  });
});

describe("operations at the same time", () => {
  test("take effect in any order", () => {
    const history = new History();
    const first = history.put("a", "k", 1);
    const second = history.put("b", "k", 2);
    history.get("c", "k")(absent);
    history.get("c", "k")(found(2, 0));
    history.get("c", "k")(found(1, 1));
    second(at(0));
    first(at(1));
    expectLinearizable(history);
  });

  test("but in one order for all", () => {
    const history = new History();
    const first = history.put("a", "k", 1);
    const second = history.put("b", "k", 2);
    history.get("c", "k")(found(1, 0));
    history.get("c", "k")(found(2, 1));
    history.get("d", "k")(found(1, 0));
    first(at(0));
    second(at(1));
    expect(misfitsOf(history)).toEqual(["d get"]);
  });

  test("a read that has seen a new value does not let a later one see the old", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    const write = history.put("a", "k", 2);
    history.get("b", "k")(found(2, 1));
    history.get("c", "k")(found(1, 0));
    write(at(1));
    expect(misfitsOf(history)).toContain("c get");
  });

  test("two conditional writes on one offset do not both succeed: an update would be lost", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    const first = history.put("a", "k", 2, logOffset(0));
    const second = history.put("b", "k", 3, logOffset(0));
    first(at(1));
    second(at(2));
    expect(misfitsOf(history)).toEqual(["b put"]);
  });

  test("two clients do not both create a key", () => {
    const history = new History();
    const first = history.put("a", "k", 1, null);
    const second = history.put("b", "k", 2, null);
    first(at(0));
    second(at(1));
    expect(misfitsOf(history)).toEqual(["b put"]);
  });

  test("a condition does not fail that held all the time", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    history.get("a", "k")(found(1, 0));
    history.put("b", "k", 2, logOffset(0))(preconditionFailed);
    expect(misfitsOf(history)).toEqual(["b put"]);
  });

  test("a deletion does not find nothing where something was all the time", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    history.delete("b", "k")(notFound);
    expect(misfitsOf(history)).toEqual(["b delete"]);
  });
});

describe("offsets", () => {
  test("of acknowledged writes are in the order in which they took effect", () => {
    const history = new History();
    history.put("a", "k", 1)(at(5));
    history.put("a", "k", 2)(at(4));
    expect(misfitsOf(history)).toEqual(["a put"]);
  });

  test("are given once", () => {
    const history = new History();
    const first = history.put("a", "k", 1);
    history.put("b", "k", 2)(at(4));
    first(at(4));
    expect(misfitsOf(history)).toHaveLength(1);
  });

  test("that are read are those that were acknowledged", () => {
    const history = new History();
    history.put("a", "k", 1)(at(5));
    history.get("a", "k")(found(1, 6));
    expect(misfitsOf(history)).toEqual(["a get"]);
  });
});

describe("a write that failed", () => {
  test("is never seen", () => {
    const history = new History();
    history.put("a", "k", 1)(failed);
    history.get("b", "k")(absent);
    expectLinearizable(history);
    history.get("b", "k")(found(1, 0));
    expect(misfitsOf(history)).toEqual(["b get"]);
  });

  test("is not seen either while it is under way, nor by a condition", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    const write = history.put("a", "k", 2);
    const other = history.put("b", "k", 3, logOffset(0));
    write(failed);
    other(preconditionFailed);
    expect(misfitsOf(history)).toEqual(["b put"]);
  });

  test("does not delete", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    history.delete("a", "k")(failed);
    history.get("a", "k")(absent);
    expect(misfitsOf(history)).toEqual(["a get"]);
  });
});

describe("a write whose outcome is unknown", () => {
  test("may have had none", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    history.put("a", "k", 2)(unknown);
    history.get("b", "k")(found(1, 0));
    history.delete("a", "k");
    history.get("b", "k")(found(1, 0));
    expectLinearizable(history);
  });

  test("may take effect long after its client was told that nobody knows", () => {
    const history = new History();
    history.put("a", "k", 1)(unknown);
    history.get("b", "k")(absent);
    history.put("b", "k", 2)(at(3));
    history.get("b", "k")(found(2, 3));
    history.get("b", "k")(found(1, 9));
    expectLinearizable(history);
  });

  test("does not go away again once it was seen", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    history.put("a", "k", 2)(unknown);
    history.get("b", "k")(found(2, 1));
    history.get("c", "k")(found(1, 0));
    expect(misfitsOf(history)).toContain("c get");
  });

  test("takes effect once", () => {
    const history = new History();
    history.put("a", "k", 1)(unknown);
    history.get("b", "k")(found(1, 0));
    history.put("b", "k", 2)(at(1));
    history.get("b", "k")(found(1, 2));
    expect(misfitsOf(history)).toEqual(["b get"]);
  });

  test("does not take effect before it was asked for", () => {
    const history = new History();
    history.get("b", "k")(found(1, 0));
    history.put("a", "k", 1)(unknown);
    expect(misfitsOf(history)).toEqual(["b get"]);
  });

  test("has a place for its offset", () => {
    const history = new History();
    history.put("a", "k", 1)(at(3));
    history.delete("b", "k")(unknown);
    history.get("c", "k")(absent);
    expectLinearizable(history);
    history.put("c", "k", 2)(at(4));
    expect(misfitsOf(history)).toEqual(["c get"]);
  });

  test("may be why a condition failed, or why something was there to delete", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    history.put("b", "k", 2)(unknown);
    history.put("c", "k", 3, logOffset(0))(preconditionFailed);
    history.delete("c", "k")(at(5));
    history.put("b", "k", 4)(unknown);
    history.delete("c", "k")(at(7));
    expectLinearizable(history);
    history.delete("c", "k")(at(9));
    expect(misfitsOf(history)).toEqual(["c delete"]);
  });

  test("may be what another one needed", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    history.delete("b", "k")(unknown);
    history.put("c", "k", 2, null)(unknown);
    history.delete("d", "k", logOffset(0))(preconditionFailed);
    history.get("d", "k")(found(2, 7));
    expectLinearizable(history);
  });

  test("may be what an earlier one needed whose outcome is unknown as well", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    history.put("b", "k", 2, null)(unknown);
    history.delete("c", "k")(unknown);
    history.get("d", "k")(found(2, 7));
    history.put("b", "k", 3, logOffset(8))(unknown);
    history.put("c", "k", 4)(unknown);
    history.get("d", "k")(found(3, 9));
    expectLinearizable(history);
  });

  test("has another offset than the one at which a condition failed", () => {
    const begin = (): History => {
      const history = new History();
      history.put("a", "k", 1)(unknown);
      history.put("b", "k", 2, null)(preconditionFailed);
      history.put("b", "k", 3, logOffset(0))(preconditionFailed);
      return history;
    };
    const withRoom = begin();
    withRoom.put("b", "k", 4)(at(2));
    expectLinearizable(withRoom);
    const without = begin();
    without.put("b", "k", 4)(at(1));
    expect(misfitsOf(without)).toEqual(["b put"]);
  });

  test("is spared for what nothing else explains", () => {
    const history = new History();
    history.put("a", "k", 1)(at(0));
    history.delete("b", "k", logOffset(0))(unknown);
    history.delete("b", "k")(unknown);
    const write = history.put("c", "k", 2);
    history.get("d", "k")(absent);
    write(at(5));
    history.put("c", "k", 3)(at(10));
    history.get("d", "k")(absent);
    expectLinearizable(history);
    history.put("c", "k", 4)(at(20));
    history.get("d", "k")(absent);
    expect(misfitsOf(history)).toEqual(["d get"]);
  });

  test("may have the offset that a client has heard of elsewhere", () => {
    const history = new History();
    history.put("a", "k", 1)(unknown);
    history.put("b", "k", 2, logOffset(3))(at(4));
    expectLinearizable(history);
    history.put("b", "k", 3, logOffset(5))(at(6));
    expect(misfitsOf(history)).toEqual(["b put"]);
  });
});

test("a value is put once, or else a read would not tell which write it saw", () => {
  const history = new History();
  history.put("a", "k", 1)(at(0));
  history.put("a", "k", 1)(at(1));
  expect(() => checkLinearizability(history.operations)).toThrow("1 is put to k once");
});

test("a violation is explained", () => {
  const history = new History();
  history.put("client 1", "color", "red")(at(3));
  const write = history.put("client 10", "color", "green", logOffset(3));
  history.delete("client 2", "color")(unknown);
  history.get("client 1", "color")(absent);
  history.put("client 2", "color", "blue", null);
  write(at(12));
  const slow = history.get("client 3", "color");
  history.get("client 2", "color")(found("red", 3));
  slow(found("red", 3));
  history.get("client 1", "color")(found("green", 12));
  const verdict = checkLinearizability(history.operations);
  expect(verdict).toMatchObject({ isLinearizable: false, key: "color" });
  expect(verdict.isLinearizable ? [] : verdict.prefix).toEqual(history.operations.slice(0, 4));
  expect(verdict.isLinearizable ? [] : verdict.lines).toEqual([
    "key color is not linearizable: no order of its operations explains what clients were told",
    "these fit, in this order:",
    "  [0, 1]    client 1   put red          → @3",
    "  [2, 8]    client 10  put green if @3  → @12",
    "  [3, 4]    client 2   delete           → unknown",
    "  [5, 6]    client 1   get              → absent",
    "then it is absent, and one of these must be next, but none fits:",
    "  [9, 12]   client 3   get              → red @3",
    "  [10, 11]  client 2   get              → red @3",
    "1 more began only after one of these had ended",
  ]);
});

test("a violation by the first operation is explained", () => {
  const history = new History();
  history.get("a", "k")(found(1, 0));
  history.put("b", "k", 1);
  const verdict = checkLinearizability(history.operations);
  expect(verdict.isLinearizable ? [] : verdict.lines).toEqual([
    "key k is not linearizable: no order of its operations explains what clients were told",
    "at first it is absent, and this must be next, but does not fit:",
    "  [0, 1]  a  get  → 1 @0",
  ]);
});
