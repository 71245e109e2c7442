import * as fc from "fast-check";
import { expect, test } from "vitest";

import { InvalidKeyError, InvalidNameError } from "./errors.ts";
import { checkKey, checkName, maxKeyBytes } from "./names.ts";

test.each(["a", "A9", "users", "a.b-c_d", "0", "x".repeat(128)])("%s is a name", (name) => {
  expect(() => checkName("database", name)).not.toThrow();
});

test.each(["", "_a", ".a", "-a", "a b", "a/b", "..", "é", "a\n", "a\u0000", "x".repeat(129)])(
  "%j is no name",
  (name) => {
    expect(() => checkName("collection", name)).toThrow(InvalidNameError);
    expect(() => checkName("collection", name)).toThrow(JSON.stringify(name));
  },
);

test("a key is refused if and only if it is empty, too long in UTF-8, or not well-formed", () => {
  const key = fc.oneof(
    fc.string({ unit: "binary", maxLength: 20 }),
    fc.nat({ max: 1_030 }).map((length) => "x".repeat(length)),
    fc.nat({ max: 520 }).map((length) => "é".repeat(length)),
    fc.nat({ max: 345 }).map((length) => "€".repeat(length)),
    fc.nat({ max: 260 }).map((length) => "😀".repeat(length)),
    fc.constantFrom("\ud83d", "a\udc00", "\udc00\ud800"),
  );
  fc.assert(
    fc.property(key, (key) => {
      const isSound = key.length > 0 && key.isWellFormed() && Buffer.byteLength(key) <= maxKeyBytes;
      if (isSound) expect(() => checkKey(key)).not.toThrow();
      else expect(() => checkKey(key)).toThrow(InvalidKeyError);
    }),
    { numRuns: 300 },
  );
});

test("what is no string is no key", () => {
  for (const value of [1, null, undefined, {}, ["a"]]) {
    const check: (value: never) => void = checkKey;
    expect(() => check(value as never)).toThrow(InvalidKeyError);
  }
});
