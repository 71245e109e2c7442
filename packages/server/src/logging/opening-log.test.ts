import { pino } from "pino";
import { expect, test } from "vitest";

import { OpeningLog } from "./opening-log.ts";

test("who waits for long is told every two seconds how far it is", () => {
  const lines: { level: number; msg: string }[] = [];
  const log = pino({ level: "debug" }, { write: (line) => void lines.push(JSON.parse(line)) });
  let nowMs = 5_000;
  const opening = new OpeningLog(log, () => nowMs);
  const MiB = 1024 * 1024;
  for (const [atMs, readMiB] of [
    [5_100, 64],
    [7_000, 128],
    [8_900, 192],
    [9_000, 256],
  ] as const) {
    nowMs = atMs;
    const readBytes = readMiB * MiB;
    opening.tell({
      type: "opening",
      database: "app",
      readBytes,
      totalBytes: 256 * MiB,
      records: 1,
    });
  }
  const told = lines.map(({ level, msg }) => [level, msg]);
  const text = (read: string, percent: number): string =>
    `opening database app: ${read} MiB of 256.0 MiB read (${percent} %)`;
  expect(told).toEqual([
    [20, text("64.0", 25)],
    [30, text("128.0", 50)],
    [20, text("192.0", 75)],
    [30, text("256.0", 100)],
  ]);
});

test("an empty database is opened, too", () => {
  const lines: string[] = [];
  const log = pino({ level: "debug" }, { write: (line) => void lines.push(line) });
  const event = {
    type: "opening",
    database: "app",
    readBytes: 0,
    totalBytes: 0,
    records: 0,
  } as const;
  new OpeningLog(log, () => 0).tell(event);
  expect(lines.join("")).toContain("(100 %)");
});
