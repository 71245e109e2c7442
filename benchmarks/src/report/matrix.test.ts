import { expect, test } from "vitest";

import { formatMatrix } from "./matrix.ts";

test("each subject has a column of medians, empty where it has no such figure", () => {
  const rounds = [
    { BoxerDB: { cpuMicros: 2, diskBytes: 120 }, Map: { cpuMicros: 0.5 } },
    { BoxerDB: { cpuMicros: 4, diskBytes: 130 }, Map: { cpuMicros: 0.7 } },
  ];
  const table = formatMatrix(rounds, {
    title: "cost",
    subjects: ["BoxerDB", "Map"],
    rows: [
      { title: "CPU", unit: "µs", figure: "cpuMicros" },
      { title: "disk", unit: "bytes", figure: "diskBytes" },
    ],
  });
  expect(table.split("\n").slice(2)).toEqual([
    "| CPU    | µs    |    3.00 | 0.600 |",
    "| disk   | bytes |     125 |       |",
  ]);
});
