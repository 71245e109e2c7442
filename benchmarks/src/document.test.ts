import { expect, test } from "vitest";

import { documentKey, documentValue, isDocument } from "./document.ts";

test("keys of documents are in the order of their numbers", () => {
  expect(documentKey(7)).toBe("user:0000000007");
  expect(documentKey(99) < documentKey(100)).toBe(true);
});

test("a document is known by every field, and by its revision", () => {
  const document = documentValue(21, 1);
  expect(isDocument(document, 21, 1)).toBe(true);
  expect(isDocument(document, 21, 0)).toBe(false);
  expect(isDocument(document, 22, 1)).toBe(false);
  for (const change of [
    { id: 1 },
    { name: "" },
    { email: "" },
    { active: true },
    { score: 0 },
  ] as const) {
    expect(isDocument({ ...document, ...change }, 21, 1)).toBe(false);
  }
});
