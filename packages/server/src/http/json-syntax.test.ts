import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { jsonErrorAt } from "./json-syntax.ts";

describe("where a text stops being JSON", () => {
  test.each([
    ["", 1, 1, "expected a value, but the text ends"],
    ["  \n ", 2, 2, "expected a value, but the text ends"],
    ["{", 1, 2, "expected a field name in double quotes or }, but the text ends"],
    ['{"a"}', 1, 5, 'expected :, not "}"'],
    ['{"a":}', 1, 6, 'expected a value, not "}"'],
    ['{"a":1,}', 1, 8, 'expected a field name in double quotes, not "}"'],
    ['{"a":1 "b":2}', 1, 8, 'expected , or }, not "\\""'],
    ["{a:1}", 1, 2, 'expected a field name in double quotes or }, not "a"'],
    ["{'a':1}", 1, 2, `expected a field name in double quotes or }, not "'"`],
    ["[1,2,]", 1, 6, 'expected a value, not "]"'],
    ["[1 2]", 1, 4, 'expected , or ], not "2"'],
    ["[1,\n 2,\n nul]", 3, 2, 'expected a value, not "n"'],
    ["1 2", 1, 3, 'expected nothing more, not "2"'],
    ["01", 1, 2, 'expected nothing more, not "1"'],
    ["NaN", 1, 1, 'expected a value, not "N"'],
    ['"abc', 1, 1, "this string is not closed, or holds a control character or an unknown escape"],
    [
      '"a\nb"',
      1,
      1,
      "this string is not closed, or holds a control character or an unknown escape",
    ],
    [
      '["\\x"]',
      1,
      2,
      "this string is not closed, or holds a control character or an unknown escape",
    ],
  ])("%o at line %i, column %i", (text, line, column, message) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(jsonErrorAt(text)).toMatchObject({ line, column, message });
  });

  test("what JSON.parse takes has no error, whatever it is", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), fc.constantFrom("", " ", "\n\t"), (json, space) => {
        expect(jsonErrorAt(space + json + space)).toBeUndefined();
      }),
    );
  });

  test("it agrees with JSON.parse on every text that JSON was damaged to", () => {
    const damaged = fc
      .tuple(
        fc.json(),
        fc.nat(),
        fc.nat(3),
        fc.constantFrom("", ",", "}", '"', "1", "\\", "x", "["),
      )
      .map(([json, at, cut, put]) => {
        const index = at % (json.length + 1);
        return json.slice(0, index) + put + json.slice(index + cut);
      });
    fc.assert(
      fc.property(damaged, (text) => {
        let parses = true;
        try {
          JSON.parse(text);
        } catch {
          parses = false;
        }
        expect(jsonErrorAt(text) === undefined).toBe(parses);
      }),
      { numRuns: 2000 },
    );
  });

  test("a deep text, and a long string, cost no stack", () => {
    expect(jsonErrorAt("[".repeat(1_000_000))).toMatchObject({ index: 1_000_000 });
    const long = JSON.stringify("é\n".repeat(4_000_000));
    expect(jsonErrorAt(`${long}x`)).toMatchObject({ index: long.length });
  });
});
