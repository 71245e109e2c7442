import { stripVTControlCharacters } from "node:util";

import { expect, test } from "vitest";

import { MemoryTerminal } from "../../test/cli/memory-terminal.ts";

import { GrowingTable } from "./growing-table.ts";
import type { Column } from "./table.ts";

const columns: readonly Column[] = [
  { title: "key" },
  { title: "offset", align: "right" },
  { title: "value" },
];

test("into a pipe: aligned, the last column whole, no titles", () => {
  const table = new GrowingTable(new MemoryTerminal().stdout, columns);
  const value = "x".repeat(200);
  const rows = [
    ["ada", "5", "1"],
    ["grace", "1234", value],
  ];
  expect(table.page(rows)).toBe(`ada       5  1\ngrace  1234  ${value}\n`);
});

test("columns stay in line over pages, and only get wider", () => {
  const table = new GrowingTable(new MemoryTerminal().stdout, columns);
  table.page([["longest key", "1", "1"]]);
  expect(table.page([["a", "2", "1"]])).toBe("a            2  1\n");
});

test("on a terminal: titles once, the last column cut to the width", () => {
  const table = new GrowingTable(new MemoryTerminal({ columns: 30 }).stdout, columns);
  const row = ["日本", "5", '"a long text that does not fit"'];
  expect(stripVTControlCharacters(table.page([row]))).toBe(
    ["key   offset  value", '日本       5  "a long text th…', ""].join("\n"),
  );
  expect(table.page([row])).not.toContain("offset");
});
