import { logOffset, type RepairPlan } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { repairReport } from "./repair-report.ts";

const plain = (title: string): string => title;

const plan: RepairPlan = {
  directory: "/data",
  isNeeded: true,
  manifests: ["/data/STORE"],
  databases: [
    {
      name: "app",
      directory: "/data/databases/app",
      files: [
        {
          path: "/data/databases/app/1.log",
          action: "rewrite",
          damage: [{ position: 289, bytes: 1_536, reason: "it does not fit its checksum" }],
          records: 1_200,
          salvaged: 3,
          cutBytes: 0,
        },
        {
          path: "/data/databases/app/2.log",
          action: "create",
          damage: [],
          records: 0,
          salvaged: 0,
          cutBytes: 0,
        },
        {
          path: "/data/databases/app/3.log",
          action: "rewrite",
          damage: [],
          records: 1,
          salvaged: 0,
          cutBytes: 20,
        },
      ],
      lost: [
        { from: logOffset(41), to: logOffset(42) },
        { from: logOffset(50), to: logOffset(60) },
      ],
      dropped: [{ offset: logOffset(43), kind: "put", collection: "c", key: "a\nb" }],
      affectedKeys: [
        {
          collection: "c",
          key: "a\nb",
          offset: logOffset(43),
          isCertain: true,
          valueOffset: logOffset(7),
        },
        { collection: "c", key: "k", offset: logOffset(41), isCertain: false, valueOffset: null },
      ],
      endOffset: logOffset(61),
    },
  ],
};

test("a plan is told with all that would be lost", () => {
  expect(repairReport(plan, plain)).toEqual([
    "/data/STORE: made anew, as the other files tell what it said",
    "database app",
    "  /data/databases/app/1.log: written anew, 1,200 records kept, 3 of them from damaged groups",
    "    damaged at byte 289, 1.5 KiB: it does not fit its checksum",
    "  /data/databases/app/2.log: is missing, and made anew",
    "  /data/databases/app/3.log: written anew, 1 record kept",
    "    20 B behind its last record go, as they do at every start",
    "  lost: offset 41",
    "  lost: offsets 50 to 59",
    String.raw`  left out, as others of its batch are lost: offset 43, put of "a\nb" in c`,
    String.raw`  "a\nb" in c loses the write of offset 43: the value of offset 7 is back`,
    "  k in c may lose the write of offset 41: no value is left",
    "  the log goes on at offset 61",
    "12 records would be lost, at most. What a lost record said cannot be known: any key may have",
    "had a newer value, or have been deleted, at these offsets. A backup or a replica may have them.",
  ]);
});

test("of a long list the beginning is told, and how long it is", () => {
  const lost = Array.from({ length: 1_020 }, (_, index) => ({
    from: logOffset(2 * index),
    to: logOffset(2 * index + 1),
  }));
  const [database] = plan.databases;
  if (database === undefined) throw new Error("there is one");
  const lines = repairReport({ ...plan, databases: [{ ...database, lost }] }, plain);
  expect(lines.filter((line) => line.startsWith("  lost: "))).toHaveLength(20);
  expect(lines).toContain("  … and 1,000 more: --json tells all");
  expect(lines.at(-2)).toMatch(/^1,021 records would be lost/);
});

test("a plan without a loss, and one without a repair", () => {
  expect(repairReport({ ...plan, databases: [] }, plain).at(-1)).toBe("No record is lost.");
  expect(repairReport({ ...plan, isNeeded: false }, plain)).toEqual([
    "no damage was found in /data: there is nothing to repair",
  ]);
});
