import { expect, test } from "vitest";

import { InvalidOptionError } from "./errors.ts";
import { resolveOptions, type StoreOptions } from "./options.ts";

test("every option has a default", () => {
  for (const [name, value] of Object.entries(resolveOptions({}))) {
    expect(value, name).toBeDefined();
  }
  expect(resolveOptions({})).toMatchObject({
    durability: "disk",
    commit: "synced",
    compaction: "background",
    segmentBytes: 64 << 20,
    maxValueBytes: 16 << 20,
  });
});

test("what is given is kept", () => {
  const options = { durability: "os", commit: "replicated", segmentBytes: 4096 } as const;
  expect(resolveOptions(options)).toMatchObject(options);
});

const given = (name: string, value: unknown): StoreOptions => ({ [name]: value });

test.each([
  ["segmentBytes", 4_095],
  ["segmentBytes", 2 ** 30 + 1],
  ["segmentBytes", 5_000.5],
  ["segmentBytes", Number.NaN],
  ["maxValueBytes", 0],
  ["maxValueBytes", 2 ** 28 + 1],
  ["maxBatchOperations", 0],
  ["maxBatchBytes", -1],
  ["maxInFlightBytes", Infinity],
  ["durability", "memory"],
  ["commit", ""],
  ["compaction", "never"],
])("%s of %s is refused, and named", (name, value) => {
  expect(() => resolveOptions(given(name, value))).toThrow(InvalidOptionError);
  expect(() => resolveOptions(given(name, value))).toThrow(name);
});
