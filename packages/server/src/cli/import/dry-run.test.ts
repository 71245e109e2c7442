import { expect, test } from "vitest";

import { checkDocuments } from "./dry-run.ts";
import type { Line } from "./line-reader.ts";

async function* linesOf(texts: readonly string[]): AsyncGenerator<Line> {
  for (const [index, text] of texts.entries()) yield { number: index + 1, text };
}

const check = async (texts: readonly string[], fromLine = 1): Promise<number> =>
  await checkDocuments(linesOf(texts), { collection: "c", fromLine }, () => undefined);

const good = '{"key": "a", "value": 1}';

test("good documents are counted", async () => {
  expect(await check([good, "", good])).toBe(2);
  expect(await check(["bad", good], 2)).toBe(1);
});

test("all bad lines are told, of many the first", async () => {
  await expect(check([good, "bad", good, "{}"])).rejects.toThrow(
    /^2 bad lines, 2 good documents:\n {2}line 2: .*\n {2}line 4: .*$/,
  );
  await expect(check(Array.from({ length: 12 }, () => "bad"))).rejects.toThrow(
    /line 10: .*\n {2}and 2 more$/,
  );
});
