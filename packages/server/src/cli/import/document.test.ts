import { expect, test } from "vitest";

import { readDocument } from "./document.ts";

const read = (text: string): unknown => readDocument({ number: 7, text }, "people");

test("a document goes to its own collection, or to the one for the rest", () => {
  expect(read('{"key": "ada", "value": {"born": 1815}}')).toEqual({
    op: "put",
    collection: "people",
    key: "ada",
    value: { born: 1815 },
  });
  expect(read('{"collection": "c", "key": "k", "value": null}')).toEqual({
    op: "put",
    collection: "c",
    key: "k",
    value: null,
  });
});

test("a name that JavaScript treats specially is data", () => {
  const text = '{"key": "__proto__", "value": {"__proto__": {"a": 1}}}';
  expect(JSON.stringify(read(text))).toContain('"value":{"__proto__":{"a":1}}');
});

test.each([
  ["{", "line 7: it is not JSON: "],
  ["[1]", "line 7: it is not an object"],
  ["null", "line 7: it is not an object"],
  ['{"value": 1}', 'line 7: "key" must be a string'],
  ['{"key": 5, "value": 1}', 'line 7: "key" must be a string'],
  ['{"key": "a"}', 'line 7: there is no "value"'],
  ['{"key": "a", "value": 1, "expires": 5}', 'line 7: it has "expires"'],
  ['{"key": "", "value": 1}', "line 7: the key is empty"],
  [
    `{"key": "${"x".repeat(1025)}", "value": 1}`,
    "line 7: the key is too long: a key has at most 1,024 bytes",
  ],
  [
    '{"key": "a", "value": 1, "collection": "no/slash"}',
    'line 7: "no/slash" cannot name a collection',
  ],
  ['{"key": "a", "value": "\\ud800"}', "line 7: value has a lone surrogate"],
  [
    `{"key": "a", "value": ${"[".repeat(600)}${"]".repeat(600)}}`,
    "is nested deeper than 512 levels",
  ],
])("%.40s is refused", (text, message) => {
  expect(() => read(text)).toThrow(message);
});
