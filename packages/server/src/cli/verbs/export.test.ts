import { readdir, readFile, writeFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

import { afterAll, beforeAll, expect, test } from "vitest";

import { boxerdb, talkingTo, type Ended } from "../../../test/cli/boxerdb.ts";
import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";
import { startTestServer, type TestServer } from "../../../test/test-server.ts";

const documents = [
  ...Array.from({ length: 1_500 }, (_, number) => ({
    collection: "many",
    key: `k${String(number).padStart(4, "0")}`,
    value: { number },
  })),
  { collection: "odd", key: 'a/"b"\n🥊', value: [null, "ü", -1.5e-7] },
];
const text = documents.map((document) => `${JSON.stringify(document)}\n`).join("");

let server: TestServer;
let directory: TemporaryDirectory;
beforeAll(async () => {
  server = await startTestServer();
  directory = await TemporaryDirectory.create();
  await run(["import", "-"], text);
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await directory[Symbol.asyncDispose]();
});

const run = async (args: readonly string[], stdin = ""): Promise<Ended> =>
  await boxerdb(args, { environment: talkingTo(server), stdin });

test("all collections go to standard output, in order, as import reads them", async () => {
  expect(await run(["export"])).toEqual({ code: 0, out: text, err: "" });
  await run(["import", "-", "--database", "copy"], text);
  expect((await run(["export", "--database", "copy"])).out).toBe(text);
});

test("a directory that is not there is told, before anything is read", async () => {
  const missing = directory.join("none");
  const { code, err } = await run(["export", `${missing}/all.ndjson`]);
  expect(code).toBe(6);
  expect(err).toBe(`error: there is no directory ${missing}: make it first\n`);
});

test("one collection", async () => {
  const { out } = await run(["export", "--collection", "odd"]);
  expect(out).toBe(`${JSON.stringify(documents.at(-1))}\n`);
});

test("a collection or database that is not there is told", async () => {
  const { code, err } = await run(["export", "--collection", "mayn"]);
  expect(code).toBe(3);
  expect(err).toContain("there is no collection mayn in database default: it has many, odd");
  expect((await run(["export", "--database", "none"])).code).toBe(3);
});

test.each(["all.ndjson", "all.ndjson.gz"])("%s is written whole", async (name) => {
  const path = directory.join(name);
  const { code, out } = await run(["export", path]);
  expect(code).toBe(0);
  expect(out).toMatch(/^exported 1,501 documents to .* \([\d.]+ KiB\) in \d+\.\d s\n$/);
  const bytes = await readFile(path);
  expect((name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString()).toBe(text);
});

test("a file that exists is replaced only by --force", async () => {
  const path = directory.join("mine.ndjson");
  await writeFile(path, "mine");
  const refused = await run(["export", path]);
  expect(refused.code).toBe(2);
  expect(refused.err).toContain("exists: choose another name, or add --force");
  expect(await readFile(path, "utf8")).toBe("mine");
  const { out } = await run(["export", path, "--force", "--json"]);
  const bytes = Buffer.byteLength(text);
  expect(JSON.parse(out)).toMatchObject({ file: path, documents: 1_501, bytes });
  expect(await readFile(path, "utf8")).toBe(text);
});

test("where it fails, no file is left", async () => {
  await using empty = await TemporaryDirectory.create();
  const away = ["--url", "http://127.0.0.1:1"];
  expect((await run(["export", empty.join("a.ndjson"), ...away])).code).toBe(5);
  expect((await run(["export", empty.join("no", "such", "directory")])).code).toBe(6);
  expect(await readdir(empty.path)).toEqual([]);
});
