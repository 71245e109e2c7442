import { expect, test } from "vitest";

import { exposition } from "./exposition.ts";
import { GroupMetrics } from "./group-metrics.ts";

const groupsOf = (metrics: GroupMetrics, databases: readonly string[]): string[] =>
  exposition(metrics.families(databases))
    .split("\n")
    .filter((line) => line.startsWith("boxerdb_group_records_count"));

test("what a database wrote is forgotten with it, and not told of one that gets its name", () => {
  const metrics = new GroupMetrics();
  const group = { records: 3, bytes: 300, durability: "disk", durationMs: 2 } as const;
  metrics.written({ ...group, database: "kept" });
  metrics.written({ ...group, database: "dropped" });
  const kept = 'boxerdb_group_records_count{database="kept"} 1';
  expect(groupsOf(metrics, ["dropped", "kept"])).toHaveLength(2);
  expect(groupsOf(metrics, ["kept"])).toEqual([kept]);
  expect(groupsOf(metrics, ["dropped", "kept"])).toEqual([kept]);
});
