import { logOffset } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { DurabilityModel } from "./durability-model.ts";

const ok = (offset: number) => ({ type: "ok", offset: logOffset(offset) }) as const;
const unknown = { type: "unknown" } as const;

/** A model to which "old" @1 and "new" @2 of the key k were acknowledged. */
function written(): DurabilityModel {
  const model = new DurabilityModel();
  model.put("c", "k", "old")(ok(1));
  model.put("c", "k", "new")(ok(2));
  return model;
}

const read = (
  model: DurabilityModel,
  value: string | undefined,
  offset = 0,
): string | undefined => {
  const entry = value === undefined ? undefined : { value, offset: logOffset(offset) };
  model.get("c", "k")({ type: "ok", entry });
  return model.violation?.message;
};

test("what was acknowledged is to be read", () => {
  expect(read(written(), "new", 2)).toBeUndefined();
});

test("what was acknowledged and is not there is lost", () => {
  expect(read(written(), undefined)).toContain("is lost");
  expect(read(written(), "old", 1)).toContain("after new @2 was known");
});

test("what was never written is not to be read, nor what was refused", () => {
  expect(read(written(), "other", 3)).toContain("never written");
  const model = written();
  model.put("c", "k", "refused")({ type: "failed" });
  model.put("c", "k", "conflict")({ type: "precondition failed" });
  expect(read(model, "refused", 3)).toContain("never written");
});

test("what is unknown may be there or not, but once seen it stays", () => {
  const model = written();
  model.put("c", "k", "maybe")(unknown);
  expect(read(model, "new", 2)).toBeUndefined();
  expect(read(model, "maybe", 3)).toBeUndefined();
  expect(read(model, "new", 2)).toContain("after maybe @3 was known");
});

test("a delete may show as long as it is open or acknowledged, and what it deleted does not come back", () => {
  const open = written();
  open.delete("c", "k");
  expect(read(open, undefined)).toBeUndefined();
  expect(read(open, "new", 2)).toContain("after a delete @2 was known");

  const done = written();
  done.delete("c", "k")(ok(3));
  expect(read(done, undefined)).toBeUndefined();
  expect(read(done, "new", 2)).toContain("was known");

  const refused = written();
  refused.delete("c", "k")({ type: "failed" });
  expect(read(refused, undefined)).toContain("is lost");
});

test("a delete that found nothing is a read", () => {
  const model = written();
  model.delete("c", "k")({ type: "not found" });
  expect(model.violation?.message).toContain("is lost");
});

test("a read that began before a write was acknowledged need not see it", () => {
  const model = written();
  const complete = model.get("c", "k");
  model.put("c", "k", "newest")(ok(3));
  complete({ type: "ok", entry: { value: "new", offset: logOffset(2) } });
  expect(model.violation).toBeUndefined();
});

test("an offset means one thing, and offsets rise", () => {
  const reused = written();
  reused.put("c", "other", "x")(ok(2));
  expect(reused.violation?.message).toContain("offset 2 is other = x, and was k = new before");
  const fallen = written();
  fallen.put("c", "k", "x")(ok(0));
  expect(fallen.violation?.message).toContain("a write got offset 0");
});
