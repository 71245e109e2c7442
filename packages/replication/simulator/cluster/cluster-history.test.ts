import { logOffset, type LogOffset } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { ClusterHistory } from "./cluster-history.ts";

const at = logOffset;
const committed = (): LogOffset => at(10);
const copy = (appliedOffset: number | null, name = "n1") => ({
  name,
  appliedOffset: appliedOffset === null ? null : at(appliedOffset),
});

/** A history in which a client has put "one" @2 and then "two" @5 to a key. */
function historyOf(ignored: readonly string[] = []): ClusterHistory {
  const history = new ClusterHistory(ignored, committed);
  history.put("c", "k", "one", undefined, "d")({ type: "ok", offset: at(2) });
  history.put("c", "k", "two", undefined, "d")({ type: "ok", offset: at(5) });
  return history;
}

function readLocally(
  history: ClusterHistory,
  value: string | undefined,
  offset: number,
  from = copy(9),
  minimum?: number,
): void {
  const entry = value === undefined ? undefined : { value, offset: at(offset) };
  const minOffset = minimum === undefined ? undefined : at(minimum);
  history.localRead("c", "k", minOffset, "d")({ type: "ok", entry, copy: from });
}

test("local reads may be old", () => {
  const history = historyOf();
  readLocally(history, undefined, 0, copy(null));
  readLocally(history, "one", 2, copy(4));
  readLocally(history, "two", 5, copy(5, "n2"), 5);
  readLocally(history, "one", 2, copy(4));
  history.localRead("c", "k", undefined, "d")({ type: "failed" });
  expect(() => history.check()).not.toThrow();
});

test("but not older than the copy, than what was asked for, or than before", () => {
  const wrong = [
    () => readLocally(old, "one", 2, copy(5)),
    () => readLocally(old, "one", 2, copy(4), 5),
    () => readLocally(old, "two", 5, copy(11)),
    () => {
      readLocally(old, "two", 5, copy(6));
      readLocally(old, "one", 2, copy(4));
    },
  ];
  let old = historyOf();
  for (const read of wrong) {
    old = historyOf();
    read();
    expect(() => old.check()).toThrow("database d, a local read:");
  }
});

test("a delete of unknown outcome explains that a key is absent", () => {
  const history = historyOf();
  const complete = history.delete("c", "k", undefined, "d");
  readLocally(history, undefined, 0);
  complete({ type: "unknown" });
  expect(() => history.check()).not.toThrow();
});

test("databases have nothing to do with each other", () => {
  const history = historyOf();
  history.put("c", "k", "other", undefined, "e")({ type: "ok", offset: at(1) });
  readLocally(history, "two", 5);
  expect(() => history.check()).not.toThrow();
  history.get("c", "k", "e")({ type: "ok", entry: { value: "two", offset: at(5) } });
  expect(() => history.check()).toThrow("database e, not linearizable:");
});

test("of what is dropped now and then nothing is said", () => {
  const history = historyOf(["d"]);
  history.get("c", "k", "d")({ type: "ok", entry: undefined });
  readLocally(history, "one", 2);
  expect(() => history.check()).not.toThrow();
});
