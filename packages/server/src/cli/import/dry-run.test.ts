import { expect, test } from "vitest";

import { lineBlocks } from "../../documents/line-blocks.ts";

import { checkDocuments } from "./dry-run.ts";

async function* bytesOf(content: string | Buffer): AsyncGenerator<Buffer> {
  yield Buffer.from(content);
}

const check = async (content: string | Buffer, fromLine = 1): Promise<number> => {
  const blocks = lineBlocks(bytesOf(content), { maxLineBytes: 100 });
  return await checkDocuments(blocks, { collection: "c", fromLine }, () => undefined);
};

const good = '{"key": "a", "value": 1}';

test("good documents are counted", async () => {
  expect(await check([good, "", good].join("\n"))).toBe(2);
  expect(await check(["bad", good].join("\n"), 2)).toBe(1);
});

test("all bad lines are told, of many the first", async () => {
  await expect(check([good, "bad", good, "{}"].join("\n"))).rejects.toThrow(
    /^2 bad lines, 2 good documents:\n {2}line 2: .*\n {2}line 4: .*$/,
  );
  await expect(check("bad\n".repeat(12))).rejects.toThrow(/line 10: .*\n {2}and 2 more$/);
});

test("what the engine would refuse is bad too", async () => {
  await expect(check('{"key": "", "value": 1}')).rejects.toThrow("line 1: the key is empty");
});

test("a line that is no text ends the list", async () => {
  const bytes = Buffer.concat([Buffer.from(`bad\n${good}\n`), Buffer.from([0xff])]);
  await expect(check(bytes)).rejects.toThrow(
    /^2 bad lines, 1 good document:\n {2}line 1: .*\n {2}line 3: it is not UTF-8$/,
  );
});
