import { logOffset, type LogOffset } from "@boxerdb/engine";
import { describe, expect, test } from "vitest";

import { CommittedWrites } from "./committed-writes.ts";
import { checkStaleReads, type StaleRead } from "./stale-reads.ts";

/** The log: k is 1 @2, absent @4, 2 @7; l is 5 @3. */
const committed = new CommittedWrites();
committed.add("k", logOffset(2), 1);
committed.add("l", logOffset(3), 5);
committed.add("k", logOffset(4), undefined);
committed.add("k", logOffset(7), 2);

let events = 0;

interface Answer {
  readonly client?: string;
  readonly node?: string;
  readonly key?: string;
  readonly minOffset?: LogOffset;
  readonly committedOffset?: LogOffset | undefined;
}

/** A read that comes after all before it, of a node that has applied all up to an offset. */
function read(
  appliedOffset: number | undefined,
  entry: readonly [value: number, offset: number] | undefined,
  answer: Answer = {},
): StaleRead {
  return {
    client: "c",
    node: "n",
    key: "k",
    invokedAt: events++,
    completedAt: events++,
    minOffset: undefined,
    committedOffset: logOffset(9),
    ...answer,
    entry: entry && { value: entry[0], offset: logOffset(entry[1]) },
    appliedOffset: appliedOffset === undefined ? undefined : logOffset(appliedOffset),
  };
}

const linesOf = (...reads: readonly StaleRead[]): readonly string[] => {
  const verdict = checkStaleReads(reads, committed);
  return verdict.isConsistent ? [] : verdict.lines;
};

describe("a read of a replica", () => {
  test("tells what the log says where the replica is", () => {
    const reads = [
      read(undefined, undefined, { committedOffset: undefined }),
      read(1, undefined),
      read(2, [1, 2]),
      read(3, [1, 2]),
      read(3, [5, 3], { key: "l" }),
      read(4, undefined),
      read(6, undefined),
      read(7, [2, 7]),
      read(9, [2, 7], { committedOffset: logOffset(9) }),
      read(9, undefined, { key: "m" }),
    ];
    expect(checkStaleReads(reads, committed)).toEqual({ isConsistent: true });
  });

  test.each([
    ["another value", read(2, [3, 2]), "1 @2"],
    ["another offset", read(3, [1, 3]), "1 @2"],
    ["what was deleted", read(4, [1, 2], { committedOffset: logOffset(6) }), "absent"],
    ["nothing where there is something", read(8, undefined), "2 @7"],
    ["what was there before, although the key is written again later", read(5, [1, 2]), "absent"],
    ["what comes only later", read(6, [2, 7]), "absent"],
    ["something although nothing was applied", read(undefined, [1, 2]), "absent"],
  ])("does not tell %s", (_, wrong, truth) => {
    const verdict = checkStaleReads([read(1, undefined, { node: "other" }), wrong], committed);
    expect(verdict).toMatchObject({ isConsistent: false, read: wrong });
    expect(linesOf(wrong)[0]).toContain(`where key k is ${truth} at`);
  });

  test("does not tell what is not committed", () => {
    expect(linesOf(read(7, [2, 7], { committedOffset: logOffset(7) }))).toEqual([]);
    const [reason] = linesOf(read(7, [2, 7], { committedOffset: logOffset(6) }));
    expect(reason).toBe("this read saw what was not committed, beyond @6:");
    expect(linesOf(read(0, undefined, { committedOffset: undefined }))).toHaveLength(2);
  });

  test("is not of a state before the offset that was asked for", () => {
    expect(linesOf(read(4, undefined, { minOffset: logOffset(4) }))).toEqual([]);
    const [reason] = linesOf(read(3, [1, 2], { minOffset: logOffset(4) }));
    expect(reason).toBe("this read was answered too early, before @4:");
    expect(linesOf(read(undefined, undefined, { minOffset: logOffset(0) }))).toHaveLength(2);
  });
});

describe("reads of one client at one node", () => {
  test("do not go back, whatever their keys", () => {
    const first = read(7, [2, 7]);
    const second = read(6, [5, 3], { key: "l" });
    const verdict = checkStaleReads([first, second], committed);
    expect(verdict).toMatchObject({ isConsistent: false, read: second });
    expect(linesOf(first, second)).toEqual([
      "the second of these reads went back behind the first:",
      `  [${first.invokedAt}, ${first.completedAt}]  c  get k of n  → 2 @7  applied @7`,
      `  [${second.invokedAt}, ${second.completedAt}]  c  get l of n  → 5 @3  applied @6`,
    ]);
  });

  test("may be in any order where they overlap", () => {
    const first = read(7, [2, 7]);
    const second = read(6, undefined);
    expect(linesOf({ ...first, completedAt: second.completedAt + 1 }, second)).toEqual([]);
  });

  test("say nothing about another client, or another node", () => {
    expect(linesOf(read(7, [2, 7]), read(6, undefined, { client: "d" }))).toEqual([]);
    expect(linesOf(read(7, [2, 7]), read(6, undefined, { node: "o" }))).toEqual([]);
  });
});

test("committed writes are added in their order", () => {
  const writes = new CommittedWrites();
  writes.add("k", logOffset(4), 1);
  writes.add("l", logOffset(3), 1);
  expect(() => writes.add("k", logOffset(4), 2)).toThrow("in the order of their offsets");
});
