import { expect, test } from "vitest";

import { documentKey, documentValue } from "../document.ts";

import { generatedLines } from "./generated-lines.ts";

test("each document is a line, whatever the chunks", () => {
  const text = Buffer.concat([...generatedLines(1_001)]).toString();
  const lines = text.split("\n");
  expect(lines.pop()).toBe("");
  expect(lines).toHaveLength(1_001);
  expect(JSON.parse(lines[1_000] ?? "")).toEqual({
    key: documentKey(1_000),
    value: documentValue(1_000),
  });
});
