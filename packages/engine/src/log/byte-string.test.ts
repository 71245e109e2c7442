import * as fc from "fast-check";
import { expect, test } from "vitest";

import { byteStringOf, textOf } from "./byte-string.ts";

const text = fc.string({ unit: "binary", maxLength: 20 });

test("a byte string holds a byte of UTF-8 in each character, and leads back to the text", () => {
  fc.assert(
    fc.property(text, (text) => {
      const bytes = byteStringOf(text);
      expect(Buffer.from(bytes, "latin1").equals(Buffer.from(text, "utf8"))).toBe(true);
      expect(textOf(bytes)).toBe(text);
    }),
  );
});

test("comparing byte strings compares the bytes of UTF-8, beyond U+FFFF too", () => {
  fc.assert(
    fc.property(text, text, (a, b) => {
      const order = Buffer.compare(Buffer.from(a), Buffer.from(b));
      expect(Math.sign(order)).toBe(
        byteStringOf(a) < byteStringOf(b) ? -1 : byteStringOf(a) > byteStringOf(b) ? 1 : 0,
      );
    }),
  );
  const texts = ["\uffee", "😀"];
  expect(texts.toSorted()).toEqual(["😀", "\uffee"]); // by UTF-16
  expect(texts.map(byteStringOf).toSorted().map(textOf)).toEqual(["\uffee", "😀"]);
});
