import { expect, test } from "vitest";

import { problem, ScriptedServer, type ScriptedAnswer } from "../../../test/cli/scripted-server.ts";
import { Client } from "../client/client.ts";
import { systemClock } from "../clock.ts";

import { batches } from "./batches.ts";
import { ImportStoppedError } from "./import-stopped-error.ts";
import { importBatches } from "./importer.ts";
import type { Line } from "./line-reader.ts";

const taken: ScriptedAnswer = { status: 200, body: { offset: 1 } };

async function* documentLines(count: number, badLine?: number): AsyncGenerator<Line> {
  for (let number = 1; number <= count; number += 1) {
    const text = number === badLine ? "bad" : JSON.stringify({ key: `k${number}`, value: number });
    yield { number, text };
  }
}

interface Run {
  readonly server: ScriptedServer;
  readonly lines: AsyncIterable<Line>;
  readonly fromLine?: number;
  readonly retryMs?: number;
  readonly signal?: AbortSignal;
}

/** Imports in batches of two. */
const runImport = async ({
  server,
  lines,
  fromLine = 1,
  retryMs = 5_000,
  signal = new AbortController().signal,
}: Run): Promise<number> => {
  await using client = new Client(new URL(server.url), { timeoutMs: 500 });
  const retry = { forMs: retryMs, clock: systemClock, signal, failed: () => undefined };
  const target = { client, database: "app", retry, acknowledged: () => undefined };
  const made = batches(lines, { collection: "c", fromLine, maxOperations: 2 });
  return await importBatches(made, target, fromLine);
};

const stopOf = async (run: Promise<number>): Promise<ImportStoppedError> => {
  const error: unknown = await run.catch((reason: unknown) => reason);
  if (error instanceof ImportStoppedError) return error;
  throw new Error(`expected a stop, not ${String(error)}`);
};

test("batches are sent one after the other", async () => {
  await using server = await ScriptedServer.start(() => taken);
  expect(await runImport({ server, lines: documentLines(5) })).toBe(5);
  expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
    "POST /api/v2/app/_batch",
    "POST /api/v2/app/_batch",
    "POST /api/v2/app/_batch",
  ]);
  expect(JSON.parse(server.requests[2]?.body ?? "")).toEqual({
    operations: [{ op: "put", collection: "c", key: "k5", value: 5 }],
  });
});

test.each([
  ["a cut connection", "cut"],
  ["too few replicas", problem(503, "not_enough_replicas", "too few")],
  ["an unknown outcome", problem(504, "outcome_unknown", "unknown")],
] as const)("after %s the same batch is sent again", async (_, answer) => {
  await using server = await ScriptedServer.start((_request, index) =>
    index === 1 ? answer : taken,
  );
  expect(await runImport({ server, lines: documentLines(4) })).toBe(4);
  expect(server.requests).toHaveLength(3);
  expect(server.requests[1]?.body).toBe(server.requests[2]?.body);
});

test("a bad line stops it after all before it is acknowledged", async () => {
  await using server = await ScriptedServer.start(() => taken);
  const stop = await stopOf(runImport({ server, lines: documentLines(9, 6) }));
  expect(stop).toMatchObject({ documents: 5, acknowledgedLine: 5 });
  expect(stop.message).toMatch(/^line 6: it is not JSON: .*\nAcknowledged up to line 5 /);
  expect(stop.message).toContain("continue with --from-line 6");
});

test("what the server refuses stops it at once", async () => {
  await using server = await ScriptedServer.start((_, index) =>
    index === 0 ? taken : problem(413, "too_large", "too large"),
  );
  const stop = await stopOf(runImport({ server, lines: documentLines(9) }));
  expect(stop.message).toContain("too large\nAcknowledged up to line 2 (2 documents in this run)");
  expect(server.requests).toHaveLength(2);
});

test("a server that stays away stops it when the time is over", async () => {
  await using server = await ScriptedServer.start(() => problem(503, "no_leader", "no leader"));
  const stop = await stopOf(runImport({ server, lines: documentLines(9), retryMs: 250 }));
  expect(stop.message).toBe("no leader\nNothing was acknowledged: start again from the first line");
  expect(server.requests).toHaveLength(2);
});

test("going on from a line counts what was acknowledged before", async () => {
  await using server = await ScriptedServer.start(() => problem(400, "bad", "bad"));
  const stop = await stopOf(runImport({ server, lines: documentLines(9), fromLine: 8 }));
  expect(stop).toMatchObject({ documents: 0, acknowledgedLine: 7 });
  expect(JSON.parse(server.requests[0]?.body ?? "")).toMatchObject({
    operations: [{ key: "k8" }, { key: "k9" }],
  });
});

test("a stop that is asked for comes after the batch that is under way", async () => {
  const controller = new AbortController();
  await using server = await ScriptedServer.start((_, index) => {
    if (index === 1) controller.abort();
    return taken;
  });
  const { signal } = controller;
  const stop = await stopOf(runImport({ server, lines: documentLines(9), signal }));
  expect(stop).toMatchObject({ documents: 4, acknowledgedLine: 4 });
  expect(stop.message).toMatch(/^stopped as asked\nAcknowledged up to line 4 /);
});
