import { expect, test } from "vitest";

import { MemoryTerminal } from "../../test/cli/memory-terminal.ts";

import { documentsDone, Progress } from "./progress.ts";

test("documents are told with their rate", () => {
  expect(documentsDone(12_000)(2_000)).toBe("12,000 documents, 6,000/s");
});

test("where nobody watches there is a line every five seconds", () => {
  const terminal = new MemoryTerminal();
  let now = 1_000;
  const clock = { now: () => now, wait: () => Promise.resolve() };
  using progress = new Progress(terminal.stderr, 1_000, clock);
  for (const [time, documents] of [
    [2_000, 100],
    [6_000, 500],
    [7_000, 600],
    [11_500, 1_000],
  ] as const) {
    now = time;
    progress.update(documents, documentsDone(documents));
  }
  expect(terminal.err).toBe("500 documents, 100/s, 50 %\n1,000 documents, 95/s, 100 %\n");
});

test("without a total there is no share", () => {
  const terminal = new MemoryTerminal();
  let now = 0;
  const clock = { now: () => now, wait: () => Promise.resolve() };
  using progress = new Progress(terminal.stderr, undefined, clock);
  now = 5_000;
  progress.update(123, documentsDone(500));
  expect(terminal.err).toBe("500 documents, 100/s\n");
});

test("for a person at a terminal there is a bar", () => {
  const terminal = new MemoryTerminal({ columns: 80 });
  using progress = new Progress(terminal.stderr, 200, {
    now: () => 0,
    wait: () => Promise.resolve(),
  });
  progress.update(100, documentsDone(7));
  progress.note("trying again");
  progress[Symbol.dispose]();
  expect(terminal.err).toContain("50 %");
  expect(terminal.err).toContain("7 documents");
  expect(terminal.err).toContain("trying again\n");
});
