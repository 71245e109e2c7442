import { afterEach, describe, expect, test } from "vitest";

import { putting, startTestNode, type TestNode } from "../../test/test-node.ts";

import type { CorsOrigins } from "./cors.ts";

const page = "https://app.example";

const started: TestNode[] = [];
afterEach(async () => {
  for (const node of started.splice(0)) await node[Symbol.asyncDispose]();
});

const start = async (corsOrigins?: CorsOrigins) => {
  const node = await startTestNode({ api: { corsOrigins } });
  started.push(node);
  return node.app;
};

const allowed = ({ headers }: Response): string | null =>
  headers.get("access-control-allow-origin");

const preflight = (origin: string): RequestInit => ({
  method: "OPTIONS",
  headers: {
    origin,
    "access-control-request-method": "PUT",
    "access-control-request-headers": "authorization,content-type,if-match",
  },
});

describe("a page of another origin", () => {
  test("gets nothing unless it is configured", async () => {
    const app = await start();
    const answer = await app.request("/api/v1", { headers: { origin: page } });
    expect(allowed(answer)).toBeNull();
    const asked = await app.request("/api/v1/k", preflight(page));
    expect(allowed(asked)).toBeNull();
    expect(asked.headers.get("access-control-allow-methods")).toBeNull();
  });

  test("may ask, write, and read what the answer tells", async () => {
    const app = await start([page, "http://localhost:3000"]);
    const asked = await app.request("/api/v1/k", preflight(page));
    expect(asked.status).toBe(204);
    expect(allowed(asked)).toBe(page);
    expect(asked.headers.get("access-control-allow-methods")).toBe("GET,HEAD,PUT,POST,DELETE");
    expect(asked.headers.get("access-control-allow-headers")).toBe(
      "authorization,content-type,if-match",
    );
    expect(asked.headers.get("access-control-max-age")).toBe("600");
    expect(asked.headers.get("access-control-allow-credentials")).toBeNull();
    const put = await app.request("/api/v1/k", putting(1, { origin: page }));
    expect(put.status).toBe(200);
    expect(allowed(put)).toBe(page);
    expect(put.headers.get("vary")).toContain("Origin");
    const exposed = put.headers.get("access-control-expose-headers")?.split(",");
    expect(exposed).toEqual(
      expect.arrayContaining(["ETag", "BoxerDB-Offset", "BoxerDB-Lag", "Link", "X-Request-Id"]),
    );
  });

  test("may read problems and feeds too", async () => {
    const app = await start("*");
    const missing = await app.request("/api/v1/none", { headers: { origin: page } });
    expect(missing.status).toBe(404);
    expect(allowed(missing)).toBe("*");
    const feed = await app.request("/api/v2/default/_changes", {
      headers: { origin: page, accept: "text/event-stream" },
    });
    expect(allowed(feed)).toBe("*");
    await feed.body?.cancel();
  });

  test("that is not on the list gets nothing", async () => {
    const app = await start([page]);
    for (const origin of ["https://evil.example", "https://app.example.evil.example", "null"]) {
      expect(allowed(await app.request("/api/v1", { headers: { origin } }))).toBeNull();
      expect(allowed(await app.request("/api/v1/k", preflight(origin)))).toBeNull();
    }
  });
});

test("what is no page's is answered as without it", async () => {
  const app = await start("*");
  const options = await app.request("/api/v1", { method: "OPTIONS" });
  expect(options.headers.get("allow")).toBe("GET, HEAD, OPTIONS");
  expect((await app.request("/livez", { method: "OPTIONS" })).status).toBe(200);
  expect(allowed(await app.request("/api/v1"))).toBeNull();
});
