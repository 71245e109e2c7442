import { expect, test } from "vitest";

import { MemoryTerminal } from "../../../test/cli/memory-terminal.ts";

import { repeatReport } from "./repeated-report.ts";

/** Draws three times, with so much time between as is asked for, and is told to end in the third pause. */
async function drawThrice(terminal: MemoryTerminal): Promise<readonly number[]> {
  const waits: number[] = [];
  const stop = new AbortController();
  let drawn = 0;
  await repeatReport(
    terminal.stdout,
    {
      now: () => 0,
      wait: async (durationMs, signal) => {
        waits.push(durationMs);
        if (waits.length < 3) return;
        stop.abort();
        signal.throwIfAborted();
      },
    },
    { draw: async () => `report ${++drawn}\nend`, everyMs: 2_000, signal: stop.signal },
  );
  return waits;
}

test("on a terminal each report takes the place of the one before", async () => {
  const terminal = new MemoryTerminal({ columns: 80 });
  expect(await drawThrice(terminal)).toEqual([2_000, 2_000, 2_000]);
  const report = (count: number): string => `report ${count}\u001b[K\nend\u001b[K\n\u001b[J`;
  const again = `\u001b[H${report(2)}\u001b[H${report(3)}`;
  expect(terminal.out).toBe(`\u001b[H\u001b[J${report(1)}${again}`);
});

test("into a pipe they follow each other", async () => {
  const terminal = new MemoryTerminal();
  await drawThrice(terminal);
  expect(terminal.out).toBe("report 1\nend\nreport 2\nend\nreport 3\nend\n");
});
