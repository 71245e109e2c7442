import { expect, test } from "vitest";

import { ImportRegistry } from "./import-registry.ts";

const here = new AbortController().signal;

test("one request at a time has an import, and the newest one stops the one before", async () => {
  const registry = new ImportRegistry();
  const first = await registry.begin("app", "one", here);
  const other = await registry.begin("app", "two", here);
  const second = registry.begin("app", "one", here);
  expect([first.superseded.aborted, other.superseded.aborted]).toEqual([true, false]);
  first[Symbol.dispose]();
  expect((await second).superseded.aborted).toBe(false);
});

test("a request whose client is gone waits no more", async () => {
  const registry = new ImportRegistry();
  await registry.begin("app", "one", here);
  const client = new AbortController();
  const waiting = registry.begin("app", "one", client.signal);
  client.abort();
  await expect(waiting).rejects.toMatchObject({ problem: { code: "incomplete_body" } });
});
