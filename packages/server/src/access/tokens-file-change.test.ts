import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { addToken, readTokens, removeToken } from "./tokens-file-change.ts";
import type { TokenLine } from "./tokens-file.ts";

let directory: string;
let path: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "boxerdb-tokens-"));
  path = join(directory, "tokens");
});
afterEach(() => rm(directory, { recursive: true }));

const tokenOf = (name: string): TokenLine => ({
  name,
  scope: "read",
  sha256: Buffer.from(name).toString("hex").padEnd(64, "0"),
});

test("a file is made for its owner only, and tokens come and go", async () => {
  await addToken(path, tokenOf("a"));
  await addToken(path, tokenOf("b"));
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(readTokens(path)).toEqual([tokenOf("a"), tokenOf("b")]);
  expect(await removeToken(path, "a")).toEqual(tokenOf("a"));
  expect(await removeToken(path, "a")).toBeUndefined();
  expect(readTokens(path)).toEqual([tokenOf("b")]);
  expect(await readdir(directory)).toEqual(["tokens"]);
});

test("what else is in the file stays, its mode and a link to it too", async () => {
  const text = `# mine\n\n${JSON.stringify(tokenOf("a"))}\n# end`;
  await writeFile(path, text);
  await chmod(path, 0o640);
  const link = join(directory, "link");
  await symlink(path, link);
  await addToken(link, tokenOf("b"));
  expect(await readFile(path, "utf8")).toBe(`${text}\n${JSON.stringify(tokenOf("b"))}\n`);
  await removeToken(link, "a");
  expect(await readFile(path, "utf8")).toBe(`# mine\n\n# end\n${JSON.stringify(tokenOf("b"))}\n`);
  expect((await stat(path)).mode & 0o777).toBe(0o640);
  expect((await readdir(directory)).toSorted()).toEqual(["link", "tokens"]);
});

test("a name that is taken, and a file that is not in order, are refused and stay as they are", async () => {
  await addToken(path, tokenOf("a"));
  const before = await readFile(path, "utf8");
  await expect(addToken(path, tokenOf("a"))).rejects.toThrow(/tokens:2: there is a token "a"/);
  expect(await readFile(path, "utf8")).toBe(before);
  await writeFile(path, "nonsense\n");
  await expect(addToken(path, tokenOf("b"))).rejects.toThrow(/tokens:1:1 is not JSON/);
  await expect(removeToken(path, "b")).rejects.toThrow(/tokens:1:1 is not JSON/);
  expect(await readFile(path, "utf8")).toBe("nonsense\n");
  expect(await readdir(directory)).toEqual(["tokens"]);
});

test("of changes at the same time each is done whole or told to wait", async () => {
  const names = Array.from({ length: 20 }, (_, index) => `t${index}`);
  const changes = await Promise.allSettled(names.map((name) => addToken(path, tokenOf(name))));
  const done = names.filter((_, index) => changes[index]?.status === "fulfilled");
  expect(done.length).toBeGreaterThan(0);
  expect(
    readTokens(path)
      .map(({ name }) => name)
      .toSorted(),
  ).toEqual(done.toSorted());
  for (const change of changes) {
    if (change.status === "rejected") {
      expect(change.reason).toMatchObject({
        message: expect.stringContaining("another command is changing the tokens now"),
      });
    }
  }
});

test("a directory that is not there", async () => {
  await expect(addToken(join(directory, "none", "tokens"), tokenOf("a"))).rejects.toMatchObject({
    code: "ACCESS_FILE_UNUSABLE",
    message: expect.stringContaining("ENOENT"),
  });
});
