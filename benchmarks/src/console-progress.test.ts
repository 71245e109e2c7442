import { expect, test } from "vitest";

import { ConsoleProgress } from "./console-progress.ts";

function watched(isTTY: boolean) {
  const written: string[] = [];
  const time = { ms: 0 };
  const stream = { isTTY, columns: 20, write: (text: string) => written.push(text) };
  return { written, time, progress: new ConsoleProgress(stream, () => time.ms) };
}

test("without a terminal a line comes now and then, and at each new step", () => {
  const { written, time, progress } = watched(false);
  progress.begin("round 1");
  progress.tell("10 %");
  time.ms = 10_000;
  progress.tell("20 %");
  progress.tell("21 %");
  progress.begin("round 2");
  expect(written).toEqual(["round 1\n", "round 1: 20 %\n", "round 2\n"]);
});

test("on a terminal one line is overwritten, and cut where the terminal ends", () => {
  const { written, progress } = watched(true);
  progress.begin("round 1");
  progress.tell("0123456789abcdef");
  expect(written).toEqual(["\r\u001b[Kround 1", "\r\u001b[Kround 1: 0123456789"]);
});
