import { expect, test } from "vitest";

import type { Part } from "../part.ts";

import { formatPage } from "./report-page.ts";

const part = (name: string): Part => ({
  name,
  title: `Part ${name}`,
  sizes: { keys: 1 },
  settings: (sizes) => [`${sizes["keys"]} keys`],
  comparisons: () => [{ work: "get", unit: "/s", figure: "getPerSecond", peers: [] }],
  matrices: () => [
    {
      title: "Cost",
      subjects: ["BoxerDB"],
      rows: [{ title: "CPU", unit: "µs", figure: "cpuMicros" }],
    },
  ],
  measureRound: () => Promise.resolve({}),
});

const result = (machine: string, keys: number) => ({
  measuredAt: "2026-11-23T08:00:00.000Z",
  machine,
  sizes: { keys },
  rounds: [{ BoxerDB: { getPerSecond: 5, cpuMicros: 2 } }],
});

test("parts come in their order, those that were not measured are left out", () => {
  const page = formatPage("Embedded", [part("a"), part("b"), part("c")], {
    c: result("m", 1),
    a: result("m", 1),
  });
  expect([...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title)).toEqual(["Part a", "Part c"]);
});

test("a machine that all share stands once, at the top; otherwise each part names its own", () => {
  const parts = [part("a"), part("b")];
  const shared = formatPage("Embedded", parts, { a: result("m", 1), b: result("m", 1) });
  expect(shared.split("\n\n")[1]).toBe("m");
  expect(shared).not.toContain(", on m");
  const different = formatPage("Embedded", parts, { a: result("m", 1), b: result("n", 1) });
  expect(different).toContain("- one round, 2026-11-23, on m\n");
  expect(different).toContain("- one round, 2026-11-23, on n\n");
});

test("settings tell the sizes that were measured, not those of the next run", () => {
  expect(formatPage("Embedded", [part("a")], { a: result("m", 7) })).toContain("- 7 keys");
});
