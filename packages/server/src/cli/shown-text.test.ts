import { expect, test } from "vitest";

import { MemoryTerminal } from "../../test/cli/memory-terminal.ts";

import { shownKey, shownValue, wholeValue } from "./shown-text.ts";

test("a key that would break its line, or steer the terminal, is quoted", () => {
  expect(shownKey("plain key/ü")).toBe("plain key/ü");
  expect(shownKey("a\nb")).toBe('"a\\nb"');
  expect(shownKey("a\u009bb")).toBe('"a\\u009bb"');
});

test("a value is JSON on one line; bytes are told by their size", () => {
  expect(shownValue({ a: ["\n", "\u009b"] })).toBe('{"a":["\\n","\\u009b"]}');
  expect(shownValue(new Uint8Array(1536))).toBe("(1.5 KiB)");
});

test("a value by itself is indented for a person only", () => {
  const value = { a: ["\u009b"] };
  expect(wholeValue(value, new MemoryTerminal().stdout)).toBe('{"a":["\u009b"]}');
  expect(wholeValue(value, new MemoryTerminal({ columns: 80 }).stdout)).toBe(
    '{\n  "a": [\n    "\\u009b"\n  ]\n}',
  );
});
