import { utimes, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

import { afterAll, beforeAll, expect, test } from "vitest";

import { boxerdb, talkingTo, type Ended } from "../../../test/cli/boxerdb.ts";
import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";
import { startTestServer, type TestServer } from "../../../test/test-server.ts";

let server: TestServer;
let directory: TemporaryDirectory;
beforeAll(async () => {
  server = await startTestServer();
  directory = await TemporaryDirectory.create();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const run = async (args: readonly string[], stdin = ""): Promise<Ended> =>
  await boxerdb(args, { environment: talkingTo(server), stdin });

const linesOf = (count: number): string =>
  Array.from({ length: count }, (_, number) =>
    JSON.stringify({ key: `key ${number}`, value: { number, text: "🥊".repeat(number % 7) } }),
  ).join("\n");

test.each(["plain", "gzip"])("%s is imported, whatever the name", async (kind) => {
  const path = directory.join(`${kind}.txt`);
  await writeFile(path, kind === "gzip" ? gzipSync(linesOf(2_500)) : linesOf(2_500));
  const { code, out, err } = await run(["import", path, "--collection", kind]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toMatch(/^imported 2,500 documents in \d+\.\d s \([\d,]+\/s\)\n$/);
  expect((await run(["list", "--collection", kind, "--count"])).out).toBe("2500\n");
  expect((await run(["get", "key 13", "--collection", kind])).out).toBe(
    '{"number":13,"text":"🥊🥊🥊🥊🥊🥊"}\n',
  );
});

test("of several lines with one key the last one wins, also in one batch", async () => {
  const lines = [1, 2, 3].map((value) => JSON.stringify({ key: "same", value })).join("\n");
  await run(["import", "-"], lines);
  expect((await run(["get", "same"])).out).toBe("3\n");
});

test("a line may name its collection", async () => {
  const lines = '{"collection": "named", "key": "a", "value": 1}\n{"key": "a", "value": 2}';
  await run(["import", "-", "--database", "two", "--collection", "rest"], lines);
  const value = async (collection: string): Promise<string> =>
    (await run(["get", "a", "--database", "two", "--collection", collection])).out;
  expect([await value("named"), await value("rest")]).toEqual(["1\n", "2\n"]);
});

test("a bad line stops it; what stands before is stored, and the rest can follow", async () => {
  const lines = [...linesOf(1_200).split("\n"), "{bad", '{"key": "after", "value": 1}'].join("\n");
  const { code, out, err } = await run(["import", "-", "--collection", "bad"], lines);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^error: line 1201: it is not JSON: .*, at column 2\n/);
  expect(err).toContain("Acknowledged up to line 1,200 (1,200 documents in this run)");
  expect((await run(["list", "--collection", "bad", "--count"])).out).toBe("1200\n");
  const rest = ["import", "-", "--collection", "bad", "--from-line", "1202", "--json"];
  expect(JSON.parse((await run(rest, lines)).out)).toMatchObject({ documents: 1 });
});

test("--dry-run checks all lines and stores nothing", async () => {
  const good = await run(["import", "-", "--collection", "dry", "--dry-run"], linesOf(10));
  expect(good).toEqual({
    code: 0,
    out: "10 documents, all well-formed; nothing was sent\n",
    err: "",
  });
  const bad = await run(["import", "-", "--collection", "dry", "--dry-run"], "1\n{}\n");
  expect(bad.code).toBe(2);
  expect(bad.err).toContain("2 bad lines, 0 good documents:\n  line 1: ");
  expect((await run(["list", "--collection", "dry", "--count"])).code).toBe(3);
});

test("the same command imports a file that was completed anew, and continues one that was not", async () => {
  const path = directory.join("again.ndjson");
  const again = ["import", path, "--collection", "again", "--json"];
  await writeFile(path, linesOf(5));
  for (let round = 0; round < 3; round++) {
    expect(JSON.parse((await run(again)).out)).toMatchObject({ documents: 5 });
  }

  const changed = new Date("2026-01-01T00:00:00Z");
  const lines = `${linesOf(1_200)}\n{"key": "last", "value": 1}`;
  await writeFile(path, lines.replace('"last"', "7     "));
  await utimes(path, changed, changed);
  expect((await run(again)).code).toBe(2);
  // Corrected in place, as if it had not changed.
  await writeFile(path, lines);
  await utimes(path, changed, changed);
  const { out, err } = await run(again);
  expect(JSON.parse(out)).toMatchObject({ documents: 1 });
  expect(err).toBe("lines up to 1,200 are stored: continuing after them\n");
});

test("an id continues what comes from a pipe", async () => {
  const piped = (input: string, ...args: string[]) =>
    run(["import", "-", "--collection", "piped", "--json", ...args], input);
  const stopped = await piped(`${linesOf(10)}\nbad`, "--id", "mine");
  expect(JSON.parse(stopped.err)).toMatchObject({ error: { acknowledgedLine: 10 } });
  expect(JSON.parse((await piped(linesOf(12), "--id", "mine")).out)).toMatchObject({
    documents: 2,
  });
  expect((await piped(linesOf(1), "--id", "mine", "--from-line", "2")).code).toBe(2);
  // It is complete now: whoever names it again has other lines, which must not seem to be stored.
  const again = await piped(linesOf(15), "--id", "mine");
  expect(again).toMatchObject({ code: 4, out: "" });
  expect(again.err).toContain("give another --id");
});

test("a server that is not there is told after the time for retries", async () => {
  const away = ["import", "-", "--url", "http://127.0.0.1:1", "--retry-seconds", "0.3"];
  const { code, err } = await run(away, linesOf(1));
  expect(code).toBe(5);
  expect(err).toContain("Trying again for 0.3 s");
  expect(err).toContain("Nothing was acknowledged");
  const json = await run([...away, "--retry-seconds", "0", "--json"], linesOf(1));
  expect(JSON.parse(json.err)).toEqual({
    error: expect.objectContaining({ code: "unreachable", exitCode: 5, acknowledgedLine: 0 }),
  });
});
