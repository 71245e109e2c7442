import { expect, test } from "vitest";

import { MemoryTerminal } from "../../test/cli/memory-terminal.ts";

import { confirm } from "./confirmation.ts";

const act = "drop database shop";

test.each(["y\n", "Y\n", "yes\n", " yes \n", "y"])("%j is yes", async (stdin) => {
  const terminal = new MemoryTerminal({ columns: 80, stdin });
  await confirm({ act, given: false }, terminal);
  expect(terminal.err).toContain("drop database shop?");
  expect(terminal.err).toContain(" [y/N] ");
});

test.each(["n\n", "\n", "", "yep\n", "no\ny\n"])("%j is no", async (stdin) => {
  const terminal = new MemoryTerminal({ columns: 80, stdin });
  await expect(confirm({ act, given: false }, terminal)).rejects.toMatchObject({
    exit: "failed",
    message: "did not drop database shop: nothing was changed",
  });
});

test("without a terminal nobody is asked, and a yes in the input is none", async () => {
  const terminal = new MemoryTerminal({ stdin: "y\n" });
  await expect(confirm({ act, given: false }, terminal)).rejects.toMatchObject({
    exit: "usage",
    message: expect.stringContaining("add --yes"),
  });
  expect(terminal.err).toBe("");
});

test("what was agreed to beforehand is not asked", async () => {
  const terminal = new MemoryTerminal();
  await confirm({ act, given: true }, terminal);
  expect(terminal.err).toBe("");
});
