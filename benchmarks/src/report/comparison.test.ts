import { expect, test } from "vitest";

import { formatComparisons } from "./comparison.ts";
import { atLeastTimes, atMost } from "./mark.ts";

const rounds = [
  { BoxerDB: { getPerSecond: 900, openMs: 40 }, lmdb: { getPerSecond: 300 } },
  { BoxerDB: { getPerSecond: 1_100, openMs: 60 }, lmdb: { getPerSecond: 700 } },
  { BoxerDB: { getPerSecond: 1_000, openMs: 50 }, lmdb: { getPerSecond: 400 } },
];

const cells = (table: string): string[][] =>
  table
    .split("\n")
    .slice(2)
    .map((line) =>
      line
        .split("|")
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );

test("a row has medians, spreads, their ratio, and whether the mark is met", () => {
  const table = formatComparisons(rounds, [
    {
      work: "get",
      unit: "/s",
      figure: "getPerSecond",
      peers: [{ subject: "lmdb" }, { subject: "lmdb", label: "lmdb again", mark: atLeastTimes(3) }],
      mark: atLeastTimes(2),
    },
  ]);
  expect(cells(table)).toEqual([
    ["get", "/s", "1,000", "900–1,100", "lmdb", "400", "300–700", "2.50 ×", "≥ 2 ×", "met"],
    ["", "", "", "", "lmdb again", "400", "300–700", "2.50 ×", "≥ 3 ×", "missed"],
  ]);
});

test("a row without a peer is judged by the figure itself", () => {
  const comparison = { work: "open", unit: "ms", figure: "openMs", peers: [], mark: atMost(45) };
  expect(cells(formatComparisons(rounds, [comparison]))).toEqual([
    ["open", "ms", "50.0", "40.0–60.0", "", "", "", "", "≤ 45", "missed"],
  ]);
});

test("a subject may stand beside another figure of its own", () => {
  const comparison = {
    work: "get",
    unit: "/s",
    figure: "getPerSecond",
    peers: [{ subject: "BoxerDB", label: "BoxerDB's opens", figure: "openMs" }],
  };
  expect(cells(formatComparisons(rounds, [comparison]))[0]?.slice(4, 8)).toEqual([
    "BoxerDB's opens",
    "50.0",
    "40.0–60.0",
    "20.00 ×",
  ]);
});

test("what was not measured is a dash and judged neither way", () => {
  const comparison = {
    work: "scan",
    unit: "/s",
    figure: "scanPerSecond",
    peers: [{ subject: "lmdb" }],
    mark: atLeastTimes(1),
  };
  expect(cells(formatComparisons(rounds, [comparison]))[0]?.slice(2)).toEqual([
    "–",
    "",
    "lmdb",
    "–",
    "",
    "",
    "≥ 1 ×",
    "",
  ]);
});
