import { expect, test } from "vitest";

import { formatSavedReport, parseSavedReport } from "./saved-report.ts";

const report = {
  documents: {
    measuredAt: "2026-11-23T08:00:00.000Z",
    machine: "2 × processor",
    sizes: { documents: 1_000 },
    rounds: [{ BoxerDB: { getPerSecond: 1.5 } }, { lmdb: {} }],
  },
};

test("what was written is read again", () => {
  expect(parseSavedReport(formatSavedReport(report))).toEqual(report);
});

test.each([
  ["another version's", { rounds: [], comparisons: [] }],
  ["a list", []],
  ["a figure that is no number", { a: { ...report.documents, sizes: { documents: "1" } } }],
  ["rounds that are no list", { a: { ...report.documents, rounds: {} } }],
  ["a round without subjects", { a: { ...report.documents, rounds: [{ BoxerDB: 1 }] } }],
  ["a part without a date", { a: { ...report.documents, measuredAt: undefined } }],
])("%s is refused", (_, value) => {
  expect(() => parseSavedReport(JSON.stringify(value))).toThrow("not the figures");
});
