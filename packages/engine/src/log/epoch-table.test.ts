import * as fc from "fast-check";
import { expect, test } from "vitest";

import type { Epoch, LogOffset } from "../scalars.ts";

import { EpochTable } from "./epoch-table.ts";

const epoch = (value: number): Epoch => value as Epoch;
const offset = (value: number): LogOffset => value as LogOffset;

test("an empty table knows no epoch", () => {
  const table = new EpochTable();
  expect(table.last).toBe(0);
  expect(table.startBefore(offset(5))).toEqual({ epoch: 0, startOffset: 0, checksum: 0 });
  expect(table.endOf(epoch(3), offset(9))).toEqual({ epoch: 0, endOffset: 9 });
});

test("it says what the records themselves say", () => {
  // The epochs of the records from offset 0 on: they do not fall.
  const epochs = fc
    .array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 30 })
    .map((steps) => steps.map((_, index) => 1 + steps.slice(0, index + 1).reduce((a, b) => a + b)));
  fc.assert(
    fc.property(epochs, (epochs) => {
      const table = new EpochTable();
      for (const [index, value] of epochs.entries()) table.note(epoch(value), offset(index), index);
      const last = epochs.at(-1) ?? 0;
      expect(table.last).toBe(last);
      for (let at = 0; at <= epochs.length; at++) {
        const before = at === 0 ? 0 : epochs[at - 1];
        const first = at === 0 ? 0 : epochs.findIndex((value) => value === before);
        const expected = { epoch: before, startOffset: first, checksum: first };
        expect(table.startBefore(offset(at))).toEqual(expected);
      }
      for (let asked = 0; asked <= last + 1; asked++) {
        const end = table.endOf(epoch(asked), offset(epochs.length));
        const firstBeyond = epochs.findIndex((value) => value > asked);
        expect(end.endOffset).toBe(firstBeyond === -1 ? epochs.length : firstBeyond);
        expect(end.epoch).toBe(Math.max(0, ...epochs.filter((value) => value <= asked)));
      }
    }),
  );
});

test("what is cut off was never there", () => {
  for (let end = 0; end <= 6; end++) {
    const table = new EpochTable();
    const kept = new EpochTable();
    for (const [index, value] of [1, 1, 2, 5, 5, 6].entries()) {
      table.note(epoch(value), offset(index), index);
      if (index < end) kept.note(epoch(value), offset(index), index);
    }
    table.cut(offset(end));
    expect(table.starts).toEqual(kept.starts);
  }
});
