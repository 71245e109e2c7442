import { expect, test } from "vitest";

import { formatTable } from "./markdown-table.ts";

test("columns are as wide as their widest cell, numbers stand on the right", () => {
  const table = formatTable(
    [
      { title: "work", align: "left" },
      { title: "/s", align: "right" },
    ],
    [
      ["get", "1,000"],
      ["bulk load", "7"],
    ],
  );
  expect(table.split("\n")).toEqual([
    "| work      |    /s |",
    "| --------- | ----: |",
    "| get       | 1,000 |",
    "| bulk load |     7 |",
  ]);
});

test("a row that is too short is filled up", () => {
  const columns = [
    { title: "a", align: "left" },
    { title: "b", align: "left" },
  ] as const;
  expect(formatTable(columns, [["x"]]).split("\n")[2]).toBe("| x   |     |");
});
