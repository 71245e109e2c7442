/**
 * Whether the server answers as it says. Every answer that a test node gives is judged by the document,
 * in all tests; here each kind of problem is provoked, and then anything at all is asked.
 */
import { CorruptionError, logOffset, nothingMissed } from "@boxerdb/engine";
import { CommitTimeoutError } from "@boxerdb/replication";
import * as fc from "fast-check";
import { Hono } from "hono";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { AccessControl } from "../../src/access/access-control.ts";
import { TokenRegistry } from "../../src/access/token-registry.ts";
import { offsetPurged } from "../../src/http/changes/purged-problem.ts";
import { operations } from "../../src/http/openapi/operations.ts";
import { ProblemError, type ProblemCode } from "../../src/http/problem.ts";
import { mountResources } from "../../src/http/resources.ts";
import { failingDisk } from "../failing-disk.ts";
import { sendRaw } from "../raw-socket.ts";
import { putting, sending, startTestNode, type TestNode } from "../test-node.ts";
import { startTestServer, type TestServer } from "../test-server.ts";

import { DescribedApi } from "./described-api.ts";
import { judgingAnswers } from "./judged-app.ts";

let node: TestNode;
let server: TestServer;
beforeAll(async () => {
  node = await startTestNode();
  server = await startTestServer();
});
afterAll(async () => {
  await node[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const coded = z.looseObject({ code: z.string() });
const codeOf = async (response: Response): Promise<string> =>
  coded.parse(await response.json()).code;

/** Asks the node that every test here shares. */
const asking = (path: string, init?: RequestInit) => async (): Promise<string> =>
  codeOf(await node.app.request(path, init));

/** Sends bytes to a server's port. Answers that come before the API does are judged here. */
const sendingRaw = (method: string, path: string, ...lines: readonly string[]) => {
  const text = [`${method} ${path} HTTP/1.1`, ...lines, "Connection: close", "", ""].join("\r\n");
  return async (): Promise<string> => {
    const answer = await sendRaw(server.port, text);
    expect(new DescribedApi().complaint({ method, path, ...answer })).toBeUndefined();
    return coded.parse(JSON.parse(answer.body)).code;
  };
};

/** Asks a node whose disk fails. */
const writingTo = (systemCode: "EIO" | "ENOSPC") => async (): Promise<string> => {
  const disk = failingDisk(systemCode);
  await using failing = await startTestNode({ store: disk.store });
  await failing.app.request("/api/v1/k", putting(1));
  disk.fail();
  return codeOf(await failing.app.request("/api/v1/k", putting(2)));
};

/** Asks where reading or writing ends in an error that would take long to provoke. */
const ending =
  (method: "GET" | "PUT" | "POST", error: Error, path = "/api/v1/k") =>
  async (): Promise<string> => {
    const app = judgingAnswers(new Hono());
    const fail = (): never => {
      throw error;
    };
    mountResources(app, node.api, [{ path, handlers: { GET: fail, PUT: fail, POST: fail } }]);
    return codeOf(await app.request(path, { method }));
  };

const deep = `${"[".repeat(600)}${"]".repeat(600)}`;

/** How each problem comes about: the compiler asks for all of them. */
const provoked: Readonly<Record<ProblemCode, () => Promise<string>>> = {
  malformed_target: asking("/api/v1/%ff"),
  malformed_encoding: asking("/api/v2/db/_import", {
    ...sending("POST", "no gzip"),
    headers: { "content-type": "application/x-ndjson", "content-encoding": "gzip" },
  }),
  malformed_json: asking("/api/v1/k", sending("PUT", "{")),
  invalid_utf8: asking("/api/v1/k", {
    method: "PUT",
    body: new Uint8Array([0xff]),
    headers: { "content-type": "application/json" },
  }),
  incomplete_body: ending("PUT", new ProblemError({ code: "incomplete_body", message: "cut" })),
  invalid_body: asking("/api/v2/db/_batch", sending("POST", { operations: [{ op: "move" }] })),
  invalid_line: asking("/api/v2/db/_import", sending("POST", "{")),
  superseded: ending(
    "POST",
    new ProblemError({ code: "superseded", message: "another one" }),
    "/api/v2/db/_import",
  ),
  invalid_query: asking("/api/v1?limit=many"),
  invalid_cursor: asking("/api/v1?cursor=nonsense"),
  invalid_header: asking("/api/v1/k", { headers: { "if-match": "41" } }),
  invalid_key: asking(`/api/v1/${"k".repeat(2000)}`),
  invalid_name: asking("/api/v2/a%20b/c/k"),
  invalid_value: asking("/api/v1/k", sending("PUT", `{"value":${deep}}`)),
  invalid_request: sendingRaw("GET", "/api/v1", "Host: localhost", "Content-Length: many"),
  unauthorized: async () => {
    const access = new AccessControl(new TokenRegistry([]), () => 0);
    await using guarded = await startTestNode({ api: { access } });
    return codeOf(await guarded.app.request("/api/v1/k"));
  },
  forbidden: ending(
    "PUT",
    new ProblemError({
      code: "forbidden",
      message: "no",
      members: { scope: "write", held: "read" },
    }),
  ),
  other_site: asking("/api/v2/_backup", { headers: { "sec-fetch-site": "cross-site" } }),
  expectation_failed: sendingRaw("GET", "/api/v1", "Host: localhost", "Expect: nothing"),
  too_many_requests: ending(
    "GET",
    new ProblemError({ code: "too_many_requests", message: "full", members: { limit: 1 } }),
  ),
  not_leader: async () => {
    const leaderUrl = "http://127.0.0.1:1";
    await using follower = await startTestNode({ node: { role: "follower", leaderUrl } });
    return codeOf(await follower.app.request("/api/v1/k", putting(1)));
  },
  not_found: asking("/api/v1/nowhere"),
  database_not_found: asking("/api/v2/nowhere"),
  no_such_route: asking("/nowhere"),
  method_not_allowed: asking("/status", { method: "PUT" }),
  not_acceptable: async () => {
    await node.app.request("/api/v1/k", putting(1));
    return asking("/api/v1/k", { headers: { accept: "text/html" } })();
  },
  request_timeout: ending("GET", new ProblemError({ code: "request_timeout", message: "late" })),
  exists: async () => {
    await node.app.request("/api/v2/twice", { method: "PUT" });
    return codeOf(await node.app.request("/api/v2/twice", { method: "PUT" }));
  },
  offset_ahead: asking("/api/v2/default/_changes?from=99999"),
  offset_passed: async () => {
    await node.app.request("/api/v1/k", putting(1));
    return asking("/api/v2/default/_hash?offset=0")();
  },
  offset_purged: ending("GET", offsetPurged(3, 7), "/api/v2/db/_changes"),
  catching_up: async () => {
    await using behind = await startTestNode();
    await behind.app.request("/api/v1/k", putting(1));
    await behind.node.close(); // It leads no more.
    await behind.store
      .database("default")
      .open?.wholeness.noteMissed({ ...nothingMissed, wholeFrom: logOffset(9) });
    return codeOf(await behind.app.request("/api/v1/k"));
  },
  offset_not_reached: asking("/api/v1/k?wait=0", { headers: { "boxerdb-min-offset": "99999" } }),
  idempotency_key_reused: async () => {
    const once = { "idempotency-key": "once" };
    await node.app.request("/api/v1/k", putting(1, once));
    return asking("/api/v1/k", putting(2, once))();
  },
  precondition_failed: asking("/api/v1/k", putting(1, { "if-match": '"999"' })),
  wrong_host: sendingRaw("GET", "/api/v1", "Host: evil.example"),
  too_large: asking("/api/v1/k", putting("x".repeat(2 ** 21))),
  unsupported_media_type: asking("/api/v1/k", putting(1, { "content-type": "text/xml" })),
  headers_too_large: sendingRaw("GET", "/api/v1", "Host: localhost", `X: ${"x".repeat(20_000)}`),
  internal: ending("GET", new Error("unexpected")),
  corrupt: ending("GET", new CorruptionError("00.log", 7, "its checksum does not fit")),
  starting: ending("GET", new ProblemError({ code: "starting", message: "soon" })),
  not_ready: async () => {
    await using closed = await startTestNode();
    await closed.store.close();
    return codeOf(await closed.app.request("/api/v1/k", putting(1)));
  },
  no_leader: async () => {
    await using resigned = await startTestNode();
    await resigned.app.request("/api/v1/k", putting(1));
    await resigned.node.close();
    return codeOf(await resigned.app.request("/api/v1/k", putting(2)));
  },
  not_enough_replicas: async () => {
    await using alone = await startTestNode({ node: { writeQuorum: 2 } });
    return codeOf(await alone.app.request("/api/v1/k", putting(1)));
  },
  poisoned: writingTo("EIO"),
  disk_full: writingTo("ENOSPC"),
  outcome_unknown: ending("PUT", new CommitTimeoutError(10_000)),
};

test.each(Object.entries(provoked))("%s is answered as described", async (code, provoke) => {
  expect(await provoke()).toBe(code);
});

describe("whatever is asked", () => {
  const segment = fc.oneof(
    fc.constantFrom(
      "a",
      "db",
      "default",
      "user%2F1",
      "_batch",
      "_x",
      "%ff",
      "%2E%2E",
      "a%20b",
      "%",
    ),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 40 }).map(encodeURIComponent),
  );
  const path = fc.oneof(
    fc
      .tuple(
        fc.constantFrom(...Object.keys(operations)),
        fc.array(segment, { minLength: 3, maxLength: 3 }),
      )
      .map(([template, segments]) => {
        const left = [...segments];
        return template.replaceAll(/\{\w+\}/g, () => left.pop() ?? "a");
      }),
    fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join("/")}`),
  );
  const parameters = [
    ...new Set(
      Object.values(operations).flatMap((methods) =>
        Object.values(methods).flatMap(({ query }) => Object.keys(query?.shape ?? {})),
      ),
    ),
  ];
  const query = fc
    .array(
      fc.tuple(
        fc.constantFrom(...parameters, "unknown"),
        fc.oneof(fc.constantFrom("", "true", "0", "5", "1001", "-1", "a", "%ff"), segment),
      ),
      { maxLength: 3 },
    )
    .map((pairs) => pairs.map(([name, value]) => `${name}=${value}`).join("&"));
  const examples = Object.values(operations).flatMap((methods) =>
    Object.values(methods).flatMap(({ body }) =>
      Object.values(body?.content["application/json"]?.examples ?? {}).map(({ value }) =>
        JSON.stringify(value),
      ),
    ),
  );
  const body = fc.oneof(
    fc.constantFrom(...examples),
    fc.json(),
    fc.json().map((value) => `{"value":${value}}`),
    fc
      .json()
      .map((value) => `{"operations":[{"op":"put","collection":"c","key":"k","value":${value}}]}`),
    fc.string(),
  );
  const header = fc.tuple(
    fc.constantFrom(
      "if-match",
      "if-none-match",
      "content-type",
      "accept",
      "accept-encoding",
      "origin",
    ),
    fc.constantFrom(
      "*",
      '"1"',
      'W/"1"',
      "1",
      "application/json",
      "text/html",
      "text/plain",
      "gzip",
      "br",
      "br;q=0",
    ),
  );
  const asked = fc.record({
    method: fc.constantFrom(
      "GET",
      "GET",
      "HEAD",
      "PUT",
      "PUT",
      "POST",
      "DELETE",
      "OPTIONS",
      "PATCH",
    ),
    path,
    query,
    body,
    headers: fc.array(header, { maxLength: 2 }).map((pairs) => Object.fromEntries(pairs)),
  });

  test("no answer is other than described, and none tells of a failure of ours", async () => {
    await fc.assert(
      fc.asyncProperty(asked, async ({ method, path, query, body, headers }) => {
        const target = query === "" ? path : `${path}?${query}`;
        const takesBody = method === "PUT" || method === "POST";
        const init = {
          method,
          headers: { "content-type": "application/json", ...headers },
          ...(takesBody ? { body } : {}),
        };
        const response = await node.app.request(target, init);
        expect(response.status).not.toBe(500);
      }),
      { numRuns: 1000 },
    );
  });
});
