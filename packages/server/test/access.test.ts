import { describe, expect, test } from "vitest";

import { AccessControl } from "../src/access/access-control.ts";
import type { Scope } from "../src/access/scope.ts";
import { TokenRegistry } from "../src/access/token-registry.ts";
import { digestOf, type Token } from "../src/access/token.ts";

import { putting, sending, startTestNode } from "./test-node.ts";

const tokenOf = (name: string, scope: Scope, more: Partial<Token> = {}): Token => ({
  name,
  scope,
  sha256: digestOf(`secret-of-${name}`),
  databases: undefined,
  expiresMs: undefined,
  ...more,
});

const nowMs = Date.UTC(2027, 0, 1);
const tokens = [
  tokenOf("reader", "read"),
  tokenOf("writer", "write"),
  tokenOf("chief", "admin"),
  tokenOf("app-writer", "write", { databases: ["app", "other"] }),
  tokenOf("app-chief", "admin", { databases: ["app"] }),
  tokenOf("v1-reader", "read", { databases: ["default"] }),
  tokenOf("late", "admin", { expiresMs: nowMs }),
  tokenOf("in-time", "read", { expiresMs: nowMs + 1 }),
];

const startGuardedNode = () =>
  startTestNode({ api: { access: new AccessControl(new TokenRegistry(tokens), () => nowMs) } });

const withToken = (name: string | undefined, init: RequestInit = {}): RequestInit => {
  const headers = new Headers(init.headers);
  if (name !== undefined) headers.set("authorization", `Bearer secret-of-${name}`);
  return { ...init, headers };
};

const batch = sending("POST", { operations: [{ op: "delete", collection: "c", key: "k" }] });

/** What can be asked, with the scope that it takes. `open` takes no token. */
const asked: readonly [string, string, RequestInit, Scope | "open"][] = [
  ["a value", "/api/v1/k", {}, "read"],
  ["whether there is a value", "/api/v1/k", { method: "HEAD" }, "read"],
  ["a key that is none", "/api/v1/", {}, "read"],
  ["a listing", "/api/v1", {}, "read"],
  ["a value elsewhere", "/api/v2/app/c/k", {}, "read"],
  ["the databases", "/api/v2", {}, "read"],
  ["a database", "/api/v2/app", {}, "read"],
  ["the status", "/status", {}, "read"],
  ["a write", "/api/v1/k", putting(1), "write"],
  ["a write by POST", "/api/v1/k", sending("POST", { value: 1 }), "write"],
  ["a deletion", "/api/v1/k", { method: "DELETE" }, "write"],
  ["a batch", "/api/v2/app/_batch", batch, "write"],
  ["a new database", "/api/v2/new", { method: "PUT" }, "admin"],
  ["a database less", "/api/v2/new", { method: "DELETE" }, "admin"],
  ["a feed", "/api/v2/default/_changes?from=0", {}, "read"],
  ["a backup", "/api/v2/_backup", { method: "HEAD" }, "admin"],
  ["a verification", "/api/v2/_verify", { method: "POST" }, "admin"],
  ["a verification of a database", "/api/v2/app/_verify", { method: "POST" }, "admin"],
  ["a compaction", "/api/v2/_compact", { method: "POST" }, "admin"],
  ["a compaction of a database", "/api/v2/app/_compact", { method: "POST" }, "admin"],
  ["the hashes of a database", "/api/v2/default/_hash", {}, "admin"],
  ["the methods of a backup", "/api/v2/_backup", { method: "OPTIONS" }, "open"],
  ["whether it lives", "/livez", {}, "open"],
  ["whether it is ready", "/readyz", {}, "open"],
  ["whether it leads", "/leader", {}, "open"],
  ["whether it follows", "/follower", {}, "open"],
  ["the methods of a key", "/api/v1/k", { method: "OPTIONS" }, "open"],
  ["the methods of a database", "/api/v2/app", { method: "OPTIONS" }, "open"],
  ["what is not there", "/nowhere", {}, "open"],
  ["what a key cannot be asked", "/api/v1/k", { method: "PATCH" }, "open"],
];

const order: readonly (Scope | "open")[] = ["open", "read", "write", "admin"];

describe("with tokens on", () => {
  test.each(asked)("%s is for those whose scope allows it", async (_, path, init, scope) => {
    await using running = await startGuardedNode();
    const holders = [
      [undefined, "open"],
      ["reader", "read"],
      ["writer", "write"],
      ["chief", "admin"],
    ] as const;
    for (const [name, held] of holders) {
      const response = await running.app.request(path, withToken(name, init));
      if (order.indexOf(held) >= order.indexOf(scope)) {
        expect([401, 403]).not.toContain(response.status);
      } else if (name === undefined) {
        expect(response.status).toBe(401);
        expect(response.headers.get("www-authenticate")).toBe('Bearer realm="boxerdb"');
      } else {
        expect(response.status).toBe(403);
        expect(response.headers.get("www-authenticate")).toBe(
          `Bearer realm="boxerdb", error="insufficient_scope", scope="${scope}"`,
        );
        if (init.method !== "HEAD") {
          expect(await response.json()).toMatchObject({ code: "forbidden", scope, held });
        }
      }
    }
  });

  test("what is refused changed nothing", async () => {
    await using running = await startGuardedNode();
    for (const name of [undefined, "reader"]) {
      await running.app.request("/api/v1/k", withToken(name, putting(1)));
      await running.app.request("/api/v2/new", withToken(name, { method: "PUT" }));
    }
    expect(running.store.databases()).toEqual([]);
    expect(Object.fromEntries(running.api.refusals.entries())).toEqual({
      unauthorized: 2,
      forbidden: 2,
    });
  });

  test("a refusal does not tell whether there is what was asked for", async () => {
    await using running = await startGuardedNode();
    await running.app.request("/api/v2/app/c/there", withToken("chief", putting(1)));
    const answerOf = async (path: string, name: string | undefined) => {
      const response = await running.app.request(path, withToken(name));
      return { status: response.status, body: await response.text() };
    };
    expect(await answerOf("/api/v2/app/c/there", undefined)).toEqual(
      await answerOf("/api/v2/app/c/missing", undefined),
    );
    expect(await answerOf("/api/v2/app/c/there", "v1-reader")).toEqual(
      await answerOf("/api/v2/app/c/missing", "v1-reader"),
    );
  });

  test.each<[string, string | undefined, RegExp]>([
    ["no header", undefined, /^a token is needed/],
    ["another scheme", "Basic c2VjcmV0", /no bearer token/],
    ["nothing behind the scheme", "Bearer ", /no bearer token/],
    ["two tokens", "Bearer secret-of-reader secret-of-chief", /no bearer token/],
    ["a token that nobody has", "Bearer secret-of-nobody", /is not known here/],
    ["a digest", `Bearer ${digestOf("secret-of-chief")}`, /is not known here/],
    ["a token that has expired", "Bearer secret-of-late", /"late" has expired at 2027-01-01/],
  ])("%s is unauthorized", async (_, authorization, told) => {
    await using running = await startGuardedNode();
    const headers = authorization === undefined ? {} : { authorization };
    const response = await running.app.request("/api/v1/k", { headers });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer realm="boxerdb"/);
    expect(await response.json()).toMatchObject({
      code: "unauthorized",
      message: expect.stringMatching(told),
    });
  });

  test("the scheme may be written in any case, and a token counts until it expires", async () => {
    await using running = await startGuardedNode();
    for (const authorization of ["bearer  secret-of-reader", "BEARER secret-of-in-time "]) {
      const response = await running.app.request("/api/v1", { headers: { authorization } });
      expect(response.status).toBe(200);
    }
  });

  test.each<[string, string, RequestInit, number]>([
    ["app-writer", "/api/v2/app/c/k", putting(1), 200],
    ["app-writer", "/api/v2/%61pp/c/k", putting(1), 200],
    ["app-writer", "/api/v2/other/c/k", putting(1), 200],
    ["app-writer", "/api/v2/app/_batch", batch, 200],
    ["app-writer", "/api/v2/apps/c/k", putting(1), 403],
    ["app-writer", "/api/v2/%61pps/c/k", putting(1), 403],
    ["app-writer", "/api/v2/default/c/k", {}, 403],
    ["app-writer", "/api/v1/k", {}, 403],
    ["app-writer", "/api/v1", {}, 403],
    ["app-writer", "/api/v2", {}, 403],
    ["app-writer", "/status", {}, 403],
    ["app-writer", "/api/v2/%zz/c/k", {}, 400],
    ["app-chief", "/api/v2/app", { method: "DELETE" }, 200],
    ["app-chief", "/api/v2/other", { method: "DELETE" }, 403],
    ["app-chief", "/api/v2/app/_verify", { method: "POST" }, 200],
    ["app-chief", "/api/v2/other/_verify", { method: "POST" }, 403],
    ["app-chief", "/api/v2/_verify", { method: "POST" }, 403],
    ["app-chief", "/api/v2/_backup", {}, 403],
    ["v1-reader", "/api/v1", {}, 200],
    ["v1-reader", "/api/v2/default/default", {}, 200],
    ["v1-reader", "/api/v2/app/c", {}, 403],
  ])("%s, which is limited to databases, at %s", async (name, path, init, status) => {
    await using running = await startGuardedNode();
    await running.app.request("/api/v2/app/c/k", withToken("chief", putting(0)));
    const response = await running.app.request(path, withToken(name, init));
    expect(response.status).toBe(status);
    if (status === 403) {
      expect(await response.json()).toMatchObject({
        code: "forbidden",
        message: expect.stringMatching(
          /is not good for (the database ".+"|the node itself), only for/,
        ),
      });
    }
  });

  test("tokens that are renewed count at once, and the others no more", async () => {
    await using running = await startGuardedNode();
    const read = async (name: string) =>
      (await running.app.request("/api/v1", withToken(name))).status;
    expect(await read("reader")).toBe(200);
    running.api.access?.renew(new TokenRegistry([tokenOf("new", "read")]));
    expect([await read("reader"), await read("new")]).toEqual([401, 200]);
  });
});
