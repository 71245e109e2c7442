import { expect, test } from "vitest";

import { columnWidths, formatRows, formatTitles, type Column } from "./table.ts";

const columns: readonly Column[] = [
  { title: "name" },
  { title: "keys", align: "right" },
  { title: "note" },
];

test("columns are as wide as their widest cell, numbers stand on the right", () => {
  const rows = [
    ["ada", "1", "first"],
    ["日本", "12,345", ""],
  ];
  const widths = columnWidths(columns, rows);
  expect([formatTitles(columns, widths), ...formatRows(columns, rows, widths)]).toEqual([
    "name    keys  note",
    "ada        1  first",
    "日本  12,345",
  ]);
});

test("a missing cell is empty", () => {
  expect(formatRows(columns, [["ada"]])).toEqual(["ada"]);
});
