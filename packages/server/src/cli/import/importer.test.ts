import { expect, test } from "vitest";

import {
  problem,
  ScriptedServer,
  type ScriptedAnswer,
  type SeenRequest,
} from "../../../test/cli/scripted-server.ts";
import { Client } from "../client/client.ts";
import { systemClock } from "../clock.ts";

import { lineParts } from "./import-parts.ts";
import { ImportStoppedError } from "./import-stopped-error.ts";
import { importParts } from "./importer.ts";

const linesIn = (request: SeenRequest): number[] =>
  request.body
    .split("\n")
    .filter((line) => line !== "")
    .map(Number);

/** As a server answers that has stored a part, and all before it. */
const stored = (request: SeenRequest): ScriptedAnswer => {
  const lines = linesIn(request).at(-1);
  return { status: 200, body: { documents: lines, lines } };
};

interface Run {
  readonly server: ScriptedServer;
  readonly fromLine?: number;
  readonly id?: string;
  readonly retryMs?: number;
  readonly signal?: AbortSignal;
}

async function* nineLines(): AsyncGenerator<Buffer> {
  for (let line = 1; line <= 9; line++) yield Buffer.from(`${line}\n`);
}

/** Imports nine lines, each of which says its number, in parts of two. */
const runImport = async ({
  server,
  fromLine = 1,
  id,
  retryMs = 5_000,
  signal = new AbortController().signal,
}: Run): Promise<number> => {
  await using client = new Client(new URL(server.url), { timeoutMs: 500 });
  const subject = { source: "-", database: "app", collection: "c", fromLine, id };
  return await importParts(
    (firstLine) => lineParts(nineLines(), { firstLine, firstPartBytes: 4, maxPartBytes: 4 }),
    subject,
    {
      client,
      retry: { forMs: retryMs, clock: systemClock, signal, failed: () => undefined },
      continued: () => undefined,
      acknowledged: () => undefined,
    },
  );
};

const stopOf = async (run: Promise<number>): Promise<ImportStoppedError> => {
  const error: unknown = await run.catch((reason: unknown) => reason);
  if (error instanceof ImportStoppedError) return error;
  throw new Error(`expected a stop, not ${String(error)}`);
};

test("parts are sent one after the other, under one id", async () => {
  await using server = await ScriptedServer.start(stored);
  expect(await runImport({ server })).toBe(9);
  expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
    "POST /api/v2/app/_import?collection=c&firstLine=1&more=true",
    "POST /api/v2/app/_import?collection=c&firstLine=3&more=true",
    "POST /api/v2/app/_import?collection=c&firstLine=5&more=true",
    "POST /api/v2/app/_import?collection=c&firstLine=7&more=true",
    "POST /api/v2/app/_import?collection=c&firstLine=9",
  ]);
  expect(server.requests.flatMap(linesIn)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const ids = new Set(server.requests.map(({ headers }) => headers["idempotency-key"]));
  expect(ids.size).toBe(1);
  expect(server.requests[0]?.headers["content-type"]).toBe("application/x-ndjson");
});

test.each([
  ["a cut connection", "cut"],
  ["too few replicas", problem(503, "not_enough_replicas", "too few")],
  ["an unknown outcome", problem(504, "outcome_unknown", "unknown")],
] as const)("after %s the same part is sent again", async (_, answer) => {
  await using server = await ScriptedServer.start((request, index) =>
    index === 1 ? answer : stored(request),
  );
  expect(await runImport({ server })).toBe(9);
  expect(server.requests).toHaveLength(6);
  expect(server.requests[1]).toMatchObject({
    target: server.requests[2]?.target,
    body: server.requests[2]?.body,
  });
});

test("an import that the server knows continues after what is stored of it", async () => {
  await using server = await ScriptedServer.start((request, index) =>
    index === 0
      ? { status: 200, body: { documents: 5, lines: 5, complete: false } }
      : stored(request),
  );
  expect(await runImport({ server, id: "mine" })).toBe(4);
  const [asked, ...sent] = server.requests;
  expect(asked).toMatchObject({ method: "GET", target: "/api/v2/app/_import?consistency=leader" });
  expect(sent.flatMap(linesIn)).toEqual([6, 7, 8, 9]);
  const ids = server.requests.map(({ headers }) => headers["idempotency-key"]);
  expect(new Set(ids)).toEqual(new Set(["mine"]));
});

const stoppedAfter = (documents: number, code: string, message: string): ScriptedAnswer => ({
  status: 400,
  headers: { "content-type": "application/problem+json" },
  body: { code, message, documents, lines: documents },
});

test("a bad line stops it after all before it is acknowledged", async () => {
  await using server = await ScriptedServer.start((request, index) =>
    index < 2 ? stored(request) : stoppedAfter(5, "invalid_line", "line 6: it is odd"),
  );
  const stop = await stopOf(runImport({ server }));
  expect(stop).toMatchObject({ documents: 5, acknowledgedLine: 5 });
  expect(stop.message).toBe(
    "line 6: it is odd\n" +
      "Acknowledged up to line 5 (5 documents in this run): continue with --from-line 6",
  );
});

test("what the server refuses stops it at once", async () => {
  await using server = await ScriptedServer.start((request, index) =>
    index === 0 ? stored(request) : stoppedAfter(2, "too_large", "too large"),
  );
  const stop = await stopOf(runImport({ server }));
  expect(stop.message).toContain("too large\nAcknowledged up to line 2 (2 documents in this run)");
  expect(server.requests).toHaveLength(2);
});

test("one that can be found again is continued by the same command", async () => {
  await using server = await ScriptedServer.start((request, index) => {
    if (index === 0) return problem(404, "not_found", "nothing is known of it");
    return index === 1 ? stored(request) : stoppedAfter(2, "too_large", "too large");
  });
  const stop = await stopOf(runImport({ server, id: "mine" }));
  expect(stop.message).toContain("up to line 2 (2 documents in this run): the same command");
});

test("a server that stays away stops it when the time is over", async () => {
  await using server = await ScriptedServer.start(() => problem(503, "no_leader", "no leader"));
  const stop = await stopOf(runImport({ server, retryMs: 250 }));
  expect(stop.message).toBe("no leader\nNothing was acknowledged: start again from the first line");
  expect(server.requests).toHaveLength(2);
});

test("going on from a line counts what was acknowledged before", async () => {
  await using server = await ScriptedServer.start(() => stoppedAfter(0, "bad", "bad"));
  const stop = await stopOf(runImport({ server, fromLine: 8 }));
  expect(stop).toMatchObject({ documents: 0, acknowledgedLine: 7 });
  expect(server.requests.flatMap(linesIn)).toEqual([8, 9]);
});

test("a stop that is asked for comes after the part that is under way", async () => {
  const controller = new AbortController();
  await using server = await ScriptedServer.start((request, index) => {
    if (index === 1) controller.abort();
    return stored(request);
  });
  const stop = await stopOf(runImport({ server, signal: controller.signal }));
  expect(stop).toMatchObject({ documents: 4, acknowledgedLine: 4 });
  expect(stop.message).toMatch(/^stopped as asked\nAcknowledged up to line 4 /);
});
