import { pino } from "pino";
import { expect, test } from "vitest";

import { RepeatedWarnings } from "./repeated-warnings.ts";

test("one of a kind is logged in ten seconds, and how many there were", () => {
  const lines: string[] = [];
  const log = pino({ base: null, timestamp: false }, { write: (line) => void lines.push(line) });
  let nowMs = 0;
  const warnings = new RepeatedWarnings(log, () => nowMs);
  const warn = (kind: string, request: number): void => warnings.warn(kind, { request }, kind);

  warn("full", 1);
  warn("full", 2);
  warn("poisoned", 3);
  nowMs = 9_999;
  warn("full", 4);
  nowMs = 10_000;
  warn("full", 5);
  warn("full", 6);
  nowMs = 30_000;
  warn("poisoned", 7);
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    { level: 40, request: 1, msg: "full" },
    { level: 40, request: 3, msg: "poisoned" },
    { level: 40, request: 5, unlogged: 2, msg: "full" },
    { level: 40, request: 7, msg: "poisoned" },
  ]);
});
