import { expect, test } from "vitest";

import { parseRealDocuments } from "./real-documents.ts";

test("each line is a document", () => {
  expect(
    parseRealDocuments('{"key": "@a/b", "value": {"n": 1}}\n\n{"key": "é", "value": null}\n'),
  ).toEqual([
    ["@a/b", { n: 1 }],
    ["é", null],
  ]);
});

test.each(['{"value": 1}', '{"key": 1, "value": 1}', '{"key": "a"}', "null", "[]"])(
  "a line that is something else is named: %s",
  (line) => {
    expect(() => parseRealDocuments(`{"key": "a", "value": 1}\n${line}`)).toThrow("line 2");
  },
);
