import { logOffset } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { History } from "./history.ts";

test("operations are noted with the events by which they began and ended", () => {
  const history = new History();
  const put = history.put("a", "k", 1, null);
  const get = history.get("b", "k");
  get({ type: "ok", entry: undefined });
  expect(history.nextEvent()).toBe(3);
  put({ type: "ok", offset: logOffset(7) });
  history.delete("a", "k", logOffset(7))({ type: "failed" });

  const offset = logOffset(7);
  expect(history.operations).toEqual([
    {
      kind: "put",
      client: "a",
      key: "k",
      value: 1,
      ifOffset: null,
      invokedAt: 0,
      completedAt: 4,
      outcome: { type: "ok", offset },
    },
    {
      kind: "get",
      client: "b",
      key: "k",
      invokedAt: 1,
      completedAt: 2,
      outcome: { type: "ok", entry: undefined },
    },
    {
      kind: "delete",
      client: "a",
      key: "k",
      ifOffset: offset,
      invokedAt: 5,
      completedAt: 6,
      outcome: { type: "failed" },
    },
  ]);
});

test("nobody knows what becomes of an operation that has not ended", () => {
  const history = new History();
  const complete = history.put("a", "k", 1);
  expect(history.operations).toMatchObject([
    { completedAt: Infinity, outcome: { type: "unknown" }, ifOffset: undefined },
  ]);
  complete({ type: "unknown" });
  expect(history.operations).toMatchObject([{ completedAt: 1, outcome: { type: "unknown" } }]);
});

test("an operation ends once", () => {
  const complete = new History().get("a", "k");
  complete({ type: "failed" });
  expect(() => complete({ type: "unknown" })).toThrow("is completed once");
});
