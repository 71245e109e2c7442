import { expect, test } from "vitest";

import type { LiveVerification } from "./client/maintenance-answers.ts";
import { serverReport } from "./verify-report.ts";

const plain = (title: string): string => title;

const sound: LiveVerification["databases"][number] = {
  name: "app",
  files: 1,
  records: 3,
  bytes: 2_048,
  endOffset: 4,
  damage: [],
  index: { keys: 1_200, confirmed: 1_200, problemCount: 0, problems: [] },
  wrongCounts: [],
};

test("a sound server", () => {
  expect(serverReport({ ok: true, databases: [sound] }, plain)).toEqual([
    "database  files  records     size  end offset  keys in index  damage",
    "app           1        3  2.0 KiB           4          1,200       0",
    "no damage was found, and the index is right",
  ]);
});

test("what is wrong with an index or a count is told, each in a line", () => {
  const problems = [{ collection: "c", key: "k", reason: "it leads to an older record" }];
  const wrong = {
    ...sound,
    index: { keys: 3, confirmed: 1, problemCount: 2, problems },
    wrongCounts: [{ path: "/data/1.log" }],
  };
  const lines = serverReport({ ok: false, databases: [sound, wrong] }, plain);
  expect(lines.slice(3)).toEqual([
    "! database app, k in c: it leads to an older record",
    "! database app: 2 keys in all",
    "! /data/1.log: its bytes are counted wrong",
    expect.stringContaining("this node is not as it should be"),
  ]);
});
