import { DatabaseNotFoundError } from "@boxerdb/engine";
import { NotEnoughReplicasError } from "@boxerdb/replication";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";

import { startTestNode, type TestNode } from "../../test/test-node.ts";
import { RepeatedWarnings } from "../logging/repeated-warnings.ts";

import type { ApiContext } from "./api-context.ts";
import type { Handler } from "./exchange/answer.ts";
import { WebExchange } from "./exchange/web-exchange.ts";
import { runRoute, type Route } from "./route.ts";

let node: TestNode;
beforeAll(async () => {
  node = await startTestNode();
});
afterAll(() => node[Symbol.asyncDispose]());

let logged: Record<string, unknown>[];
let nowMs: number;
let api: ApiContext;
beforeEach(() => {
  logged = [];
  nowMs = 0;
  const log = pino(
    { base: null, timestamp: false, level: "debug" },
    {
      write: (line: string) => void logged.push(JSON.parse(line)),
    },
  );
  const monotonicMs = (): number => nowMs;
  const warnings = new RepeatedWarnings(log, monotonicMs);
  api = { ...node.api, log, warnings, monotonicMs, slowRequestMs: 1_000 };
});

const ask = async (handle: Handler, fields: Partial<Route> = {}, context = api) => {
  const route: Route = {
    path: "/api/v2/:database{[^_/]+}/:key",
    method: "GET",
    scope: "open",
    handle,
    ...fields,
  };
  const request = new Request("http://localhost/api/v2/app/k?limit=1");
  return runRoute(context, route, new WebExchange(request, undefined));
};

const answer = { status: 200, headers: {}, body: "four" };
const taking =
  (durationMs: number): Handler =>
  async () => {
    nowMs += durationMs;
    return answer;
  };

test("a request is told at level debug, with its route, how long it took and how long it is", async () => {
  expect(await ask(taking(1_000))).toBe(answer);
  expect(logged).toEqual([
    {
      level: 20,
      method: "GET",
      url: "/api/v2/app/k?limit=1",
      route: "/api/v2/:database/:key",
      status: 200,
      durationMs: 1_000,
      bytes: 4,
      msg: "request",
    },
  ]);
});

test("one that takes long is a warning, unless it is in its nature", async () => {
  await ask(taking(1_001));
  await ask(taking(1_001), { isPatient: true });
  await ask(taking(1_001), {}, { ...api, slowRequestMs: 0 });
  expect(logged.map(({ level, msg }) => [level, msg])).toEqual([
    [40, "slow request: it took 1.0 s"],
    [20, "request"],
    [20, "request"],
  ]);
});

const failing =
  (error: Error): Handler =>
  () => {
    throw error;
  };

test("what nobody foresaw is an error, with its stack", async () => {
  const failure = await ask(failing(new TypeError("x is not a function")));
  expect(failure.status).toBe(500);
  expect(logged[0]).toMatchObject({
    level: 50,
    code: "internal",
    url: "/api/v2/app/k?limit=1",
    err: { type: "TypeError", stack: expect.stringContaining("request-report.test.ts") },
    msg: "answered internal",
  });
});

test("what was foreseen is a warning without a stack, one in ten seconds", async () => {
  const refuse = failing(new NotEnoughReplicasError(2, 1));
  for (let second = 0; second < 12; second++) {
    expect((await ask(refuse)).status).toBe(503);
    nowMs += 1_000;
  }
  const warnings = logged.filter(({ level }) => level === 40);
  expect(warnings).toEqual([
    expect.objectContaining({ code: "not_enough_replicas" }),
    expect.objectContaining({ code: "not_enough_replicas", unlogged: 9 }),
  ]);
  expect(warnings[0]).not.toHaveProperty("err");
  expect(warnings[0]?.["msg"]).toContain("a write must be synced on 2 nodes, and 1 is in sync");
});

test("what a client did wrong is none of the operator's business", async () => {
  expect((await ask(failing(new DatabaseNotFoundError("app")))).status).toBe(404);
  expect(logged.map(({ level }) => level)).toEqual([20]);
});
