import { expect, test } from "vitest";

import { drawGrowth, formatGrowthTable } from "./growth-figures.ts";

const sized = (getPerSecond: number) => ({
  measuredAt: "2026-11-23T08:00:00.000Z",
  machine: "m",
  sizes: {},
  rounds: [
    { BoxerDB: { getPerSecond, memoryBytes: 0 }, lmdb: { getPerSecond: 10 } },
    { BoxerDB: { getPerSecond: getPerSecond + 2, memoryBytes: 0 } },
  ],
});

const report = { "100000": sized(50), "10000": sized(70) };

test("the table has sizes as columns in order, and medians of the rounds", () => {
  const lines = formatGrowthTable(report, ["BoxerDB", "lmdb"]).split("\n");
  const cells = lines.map((line) => line.split("|").map((cell) => cell.trim()));
  expect(cells[0]?.slice(4, 6)).toEqual(["10 k", "100 k"]);
  const at = cells.findIndex((row) => row[1] === "random get");
  expect(cells[at]?.slice(2, 6)).toEqual(["/s", "BoxerDB", "71.0", "51.0"]);
  expect(cells[at + 1]?.slice(1, 6)).toEqual(["", "", "lmdb", "10.0", "10.0"]);
});

test("the chart has a line for what was measured, and none for what did not grow", () => {
  const chart = drawGrowth(report, ["BoxerDB", "lmdb"]);
  expect([...chart.matchAll(/class="line line0" d="M\d+ [\d.]+L/g)]).toHaveLength(1);
  expect(chart).not.toMatch(/NaN|Infinity/);
  expect([...chart.matchAll(/class="line line1" d="M\d+ [\d.]+L/g)]).toHaveLength(1);
});
