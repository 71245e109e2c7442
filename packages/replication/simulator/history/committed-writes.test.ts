import { logOffset } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { committedWritesOf } from "./committed-writes.ts";
import { History } from "./history.ts";

const at = logOffset;
const entry = (value: string, offset: number) => ({ value, offset: at(offset) });

test("acknowledged writes are certain", () => {
  const history = new History();
  history.put("c", "k", "one")({ type: "ok", offset: at(3) });
  history.delete("c", "k")({ type: "ok", offset: at(5) });
  history.put("c", "k", "two", at(3))({ type: "precondition failed" });
  history.put("c", "k", "three")({ type: "failed" });
  history.delete("c", "l")({ type: "not found" });
  const committed = committedWritesOf(history.operations, []);
  expect(committed.entryAt("k", at(2))).toBeUndefined();
  expect(committed.entryAt("k", at(4))).toEqual(entry("one", 3));
  expect(committed.entryAt("k", at(9))).toBeUndefined();
  expect(committed.mayBeDeleted("k", Infinity)).toBe(false);
  expect(committed.mayBeDeleted("l", Infinity)).toBe(false);
});

test("so are puts that somebody has read, whoever it was", () => {
  const history = new History();
  history.put("c", "k", "seen by a client")({ type: "unknown" });
  history.put("c", "k", "seen by a copy")({ type: "unknown" });
  history.put("c", "k", "seen by nobody")({ type: "unknown" });
  history.get("c", "k")({ type: "ok", entry: entry("seen by a client", 4) });
  const committed = committedWritesOf(history.operations, [
    { key: "k", entry: entry("seen by a copy", 7) },
    { key: "k", entry: undefined },
  ]);
  expect(committed.entryAt("k", at(6))).toEqual(entry("seen by a client", 4));
  expect(committed.entryAt("k", at(99))).toEqual(entry("seen by a copy", 7));
});

test("what was refused is not made true by who claims to have read it", () => {
  const history = new History();
  history.put("c", "k", "refused")({ type: "failed" });
  const read = { key: "k", entry: entry("refused", 4) };
  expect(committedWritesOf(history.operations, [read]).entryAt("k", at(9))).toBeUndefined();
});

test("a delete of unknown outcome is possible from its beginning on", () => {
  const history = new History();
  history.put("c", "k", "one")({ type: "ok", offset: at(1) });
  const before = history.nextEvent();
  history.delete("c", "k");
  history.delete("c", "k")({ type: "unknown" });
  const committed = committedWritesOf(history.operations, []);
  expect(committed.entryAt("k", at(9))).toEqual(entry("one", 1));
  expect(committed.mayBeDeleted("k", before)).toBe(false);
  expect(committed.mayBeDeleted("k", before + 2)).toBe(true);
  expect(committed.mayBeDeleted("l", Infinity)).toBe(false);
});
