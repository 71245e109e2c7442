import { logOffset, timestampMs, type Storable } from "@boxerdb/engine";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { checkDocument, documentLine, parseDocument } from "./document-line.ts";

const read = (text: string) => parseDocument({ number: 7, text }, "people");

test("a document goes to its own collection, or to the one for the rest", () => {
  expect(read('{"key": "ada", "value": {"born": 1815}}')).toEqual({
    op: "put",
    collection: "people",
    key: "ada",
    value: { born: 1815 },
  });
  expect(read('{"collection": "c", "key": "k", "value": null}\r')).toEqual({
    op: "put",
    collection: "c",
    key: "k",
    value: null,
  });
});

test("what is written is read again", () => {
  const value: fc.Arbitrary<Storable> = fc.oneof(
    fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    // What has gone through JSON once has no more -0.
    fc.jsonValue().map((json): Storable => JSON.parse(JSON.stringify(json))),
  );
  const expires = fc.option(fc.nat().map(timestampMs));
  fc.assert(
    fc.property(fc.string(), fc.string(), value, expires, (collection, key, value, expires) => {
      const text = documentLine(collection, { key, value, offset: logOffset(1), expires });
      expect(text.indexOf("\n")).toBe(text.length - 1);
      const until = expires === null ? {} : { expires };
      expect(read(text)).toEqual({ op: "put", collection, key, value, ...until });
    }),
  );
});

test("a name that JavaScript treats specially is data", () => {
  const text = '{"key": "__proto__", "value": {"__proto__": {"a": 1}}}';
  expect(JSON.stringify(read(text))).toContain('"value":{"__proto__":{"a":1}}');
  expect(() => read('{"__proto__": {"key": "a"}, "value": 1}')).toThrow('it has "__proto__"');
});

test.each([
  ["{", "line 7: it is not JSON: expected a field name in double quotes or }, but the text ends"],
  ["[1]", "line 7: it is not an object"],
  ["null", "line 7: it is not an object"],
  ['{"value": 1}', 'line 7: there is no "key"'],
  ['{"key": 5, "value": 1}', 'line 7: "key" must be a string'],
  ['{"key": "a", "collection": null, "value": 1}', 'line 7: "collection" must be a string'],
  ['{"key": "a"}', 'line 7: there is no "value"'],
  ['{"key": "a", "value": 1, "offset": 5, "x": 1}', 'line 7: it has "offset", "x"'],
  ['{"key": "a", "value": 1, "base64": ""}', "give one of them"],
  ['{"key": "a", "base64": 1}', '"base64" must be a string'],
  ['{"key": "a", "base64": "?"}', '"base64" is not well-formed'],
  ['{"key": "a", "value": 1, "expires": "soon"}', '"expires" must be a whole number'],
  ['{"key": "a", "value": 1, "expires": 1.5}', '"expires" must be a whole number'],
  ['{"key": "a", "value": 1, "expires": -1}', '"expires" must be a whole number'],
])("%.40s is refused", (text, message) => {
  expect(() => read(text)).toThrow(message);
});

test.each([
  ['{"key": "", "value": 1}', "line 7: the key is empty"],
  [`{"key": "${"x".repeat(1025)}", "value": 1}`, "line 7: the key is too long"],
  ['{"key": "a", "value": 1, "collection": "no/slash"}', '"no/slash" cannot name a collection'],
  ['{"key": "a", "value": "\\ud800"}', "line 7: value has a lone surrogate"],
  [`{"key": "a", "value": ${"[".repeat(600)}${"]".repeat(600)}}`, "deeper than 512 levels"],
])("%.40s is read, and cannot be stored", (text, message) => {
  const line = { number: 7, text };
  expect(() => checkDocument(line, read(text))).toThrow(message);
});
