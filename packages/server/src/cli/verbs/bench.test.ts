import { once } from "node:events";
import { watch } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";

import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { z } from "zod";

import { boxerdb } from "../../../test/cli/boxerdb.ts";
import { endOf, startBoxerdb } from "../../../test/cli/cli-process.ts";
import { MemoryTerminal } from "../../../test/cli/memory-terminal.ts";
import {
  problem,
  ScriptedServer,
  type ScriptedAnswer,
  type SeenRequest,
} from "../../../test/cli/scripted-server.ts";
import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";
import { startTestServer } from "../../../test/test-server.ts";
import { sampleDocument } from "../bench/sample-document.ts";
import { run } from "../program.ts";

let directory: TemporaryDirectory;
beforeAll(async () => {
  directory = await TemporaryDirectory.create();
});
afterAll(async () => {
  await directory[Symbol.asyncDispose]();
});

const small = ["--seconds", "0.05", "--documents", "1000", "--connections", "4"];

const measured = z.object({
  documents: z.literal(1_000),
  measurements: z.array(
    z.strictObject({
      work: z.string(),
      operations: z.int().positive(),
      durationMs: z.number().positive(),
      perSecond: z.number().positive(),
      latencyMs: z.strictObject({
        p50: z.number().positive(),
        p99: z.number().positive(),
        p999: z.number().positive(),
      }),
    }),
  ),
});

const worksIn = (out: string): string[] =>
  measured.parse(JSON.parse(out)).measurements.map(({ work }) => work);

/** Names in an empty directory of its own, for what is left behind. */
const emptyDirectory = async (name: string): Promise<string> => {
  const path = directory.join(name);
  await mkdir(path);
  return path;
};

test("a directory is measured, and nothing is left in it", async () => {
  const dir = await emptyDirectory("measured");
  const { code, out, err } = await boxerdb(["bench", "--dir", dir, "--json", ...small]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(worksIn(out)).toEqual(["sync", "bulk", "put", "get", "scan"]);
  expect(JSON.parse(out)).toMatchObject({ target: { directory: dir } });
  expect(await readdir(dir)).toEqual([]);
});

test("people see a table", async () => {
  const dir = await emptyDirectory("table");
  const { code, out } = await boxerdb(["bench", "--dir", dir, ...small]);
  expect(code).toBe(0);
  expect(out).toContain(`${dir}, measured with Node.js `);
  expect(out).toMatch(/^work +a second +p50 ms +p99 ms +p99\.9 ms$/m);
  expect(out).toMatch(/^durable put, 4 writers +[\d,]+ +[\d.]+ +[\d.]+ +[\d.]+$/m);
});

test("a directory that is not there is told", async () => {
  const { code, err } = await boxerdb(["bench", "--dir", directory.join("nowhere"), ...small]);
  expect({ code, err }).toEqual({
    code: 6,
    err: `error: ${directory.join("nowhere")}: it does not exist\n`,
  });
});

test("Ctrl-C ends it, and nothing is left in the directory", async () => {
  const dir = await emptyDirectory("interrupted");
  const watcher = watch(dir);
  onTestFinished(() => watcher.close());
  const appeared = once(watcher, "change");
  const child = startBoxerdb(["bench", "--dir", dir, "--seconds", "3600"]);
  const ended = endOf(child);
  await appeared;
  child.kill("SIGINT");
  expect(await ended).toMatchObject({ code: 130, out: "" });
  expect(await readdir(dir)).toEqual([]);
});

test("a server is measured in a database of its own, which is dropped", async () => {
  await using server = await startTestServer();
  const { code, out, err } = await boxerdb(["bench", "--url", server.url, "--json", ...small]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(worksIn(out)).toEqual(["batch", "put", "get"]);
  expect(JSON.parse(out)).toMatchObject({ target: { url: server.url } });
  const { databases } = z
    .object({ databases: z.array(z.object({ name: z.string() })) })
    .parse(await (await fetch(`${server.url}/api/v2`)).json());
  expect(databases.filter(({ name }) => name.startsWith("bench-"))).toEqual([]);
});

/** What a healthy server answers to what `bench` asks. */
const healthyAnswer = ({ method, target }: SeenRequest): ScriptedAnswer => {
  if (method === "GET") {
    const index = Number(/\d+$/.exec(target)?.[0]);
    return { status: 200, headers: { etag: '"1"' }, body: { value: sampleDocument(index) } };
  }
  return { status: 200, headers: { etag: '"1"' }, body: { offset: 1 } };
};

test("Ctrl-C ends it, and the database is dropped", async () => {
  const terminal = new MemoryTerminal();
  await using server = await ScriptedServer.start((request) => {
    if (request.method === "PUT") terminal.interrupt();
    return healthyAnswer(request);
  });
  const long = ["--seconds", "3600", "--documents", "100", "--connections", "2"];
  const code = await run(["bench", "--url", server.url, ...long, "--json"], terminal);
  expect({ code, out: terminal.out }).toEqual({ code: 130, out: "" });
  const database = /^\/api\/v2\/bench-[0-9a-f]{12}/.exec(server.requests[0]?.target ?? "")?.[0];
  expect(server.requests.at(-1)).toMatchObject({ method: "DELETE", target: database });
});

test("a server that refuses is told, and what was written is dropped", async () => {
  await using server = await ScriptedServer.start((request) =>
    request.method === "PUT"
      ? problem(503, "disk_full", "the disk is full")
      : healthyAnswer(request),
  );
  const { code, err } = await boxerdb(["bench", "--url", server.url, ...small]);
  expect({ code, err }).toEqual({ code: 5, err: "error: the disk is full\n" });
  expect(server.requests.at(-1)?.method).toBe("DELETE");
});

test("a node that takes no writes is told, without a word of the database", async () => {
  await using server = await ScriptedServer.start(() =>
    problem(403, "not_leader", "This action is only available to the leader"),
  );
  const { code, err } = await boxerdb(["bench", "--url", server.url, ...small]);
  expect(code).toBe(1);
  expect(err).toBe("error: This action is only available to the leader\n");
});

test("a database that cannot be dropped is named", async () => {
  await using server = await ScriptedServer.start((request) =>
    request.method === "DELETE" ? "cut" : healthyAnswer(request),
  );
  const { code, err } = await boxerdb(["bench", "--url", server.url, ...small]);
  expect(code).toBe(5);
  expect(err).toMatch(
    /^error: the database (bench-[0-9a-f]{12}), which was made to measure, may still be there: `boxerdb drop \1` with the same --url removes it/,
  );
});

test("a wrong answer has no speed", async () => {
  await using server = await ScriptedServer.start((request) =>
    request.method === "GET"
      ? { status: 200, headers: { etag: '"1"' }, body: { value: { id: -1 } } }
      : healthyAnswer(request),
  );
  const { code, err } = await boxerdb(["bench", "--url", server.url, ...small]);
  expect(code).toBe(1);
  expect(err).toContain("something else was read");
});
