import * as fc from "fast-check";
import { expect, test } from "vitest";

import { cutToWidth, displayWidth, padToWidth, withoutControls } from "./display-width.ts";

test.each([
  ["", 0],
  ["abc", 3],
  ["é", 1],
  ["e\u0301", 1],
  ["日本", 4],
  ["🥊", 2],
  ["👩‍👩‍👧", 2],
  ["a🥊b", 4],
])("%j takes %d columns", (text, columns) => {
  expect(displayWidth(text)).toBe(columns);
});

test("filling counts columns, not characters", () => {
  expect(padToWidth("日本", 6, "left")).toBe("日本  ");
  expect(padToWidth("41", 4, "right")).toBe("  41");
  expect(padToWidth("long", 2, "left")).toBe("long");
});

test.each([
  ["hello", 5, "hello"],
  ["hello!", 5, "hell…"],
  ["日本語", 5, "日本…"],
  ["日本語", 4, "日…"],
  ["ab", 1, "…"],
  ["ab", 0, ""],
  ["", 0, ""],
])("%j cut to %d is %j", (text, width, cut) => {
  expect(cutToWidth(text, width)).toBe(cut);
});

test("a cut text fits, and is the text or its beginning", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 40 }), fc.nat(50), (text, width) => {
      const cut = cutToWidth(text, width);
      expect(displayWidth(cut)).toBeLessThanOrEqual(width);
      if (cut !== text) expect(text.startsWith(cut.replace(/…$/, ""))).toBe(true);
    }),
  );
});

test("a text of millions of characters is cut at once", () => {
  expect(cutToWidth("é".repeat(5_000_000), 4)).toBe("ééé…");
});

test("what could steer a terminal is shown as an escape", () => {
  expect(withoutControls("a\u001b[31mb\u009b\u202e\n")).toBe("a\\u001b[31mb\\u009b\\u202e\\u000a");
  expect(withoutControls("日本 🥊 é")).toBe("日本 🥊 é");
});
