import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startTestNode, type TestNode } from "../../test/test-node.ts";

let running: TestNode;
beforeAll(async () => {
  running = await startTestNode();
});
afterAll(() => running[Symbol.asyncDispose]());

const resources = [
  ["/api/v1/key", "GET, HEAD, PUT, POST, DELETE, OPTIONS"],
  ["/api/v1/_key", "GET, HEAD, PUT, POST, DELETE, OPTIONS"],
  ["/api/v2/db/coll/key", "GET, HEAD, PUT, POST, DELETE, OPTIONS"],
  ["/api/v2/db/coll/_key", "GET, HEAD, PUT, POST, DELETE, OPTIONS"],
  ["/api/v1", "GET, HEAD, OPTIONS"],
  ["/api/v2/db/coll", "GET, HEAD, OPTIONS"],
  ["/api/v2/db/_batch", "POST, OPTIONS"],
  ["/api/v2/db", "GET, HEAD, PUT, DELETE, OPTIONS"],
  ["/api/v2", "GET, HEAD, OPTIONS"],
  ["/status", "GET, HEAD, OPTIONS"],
  ["/livez", "GET, HEAD, OPTIONS"],
  ["/readyz", "GET, HEAD, OPTIONS"],
  ["/leader", "GET, HEAD, OPTIONS"],
  ["/", "GET, HEAD, OPTIONS"],
  ["/openapi.json", "GET, HEAD, OPTIONS"],
  ["/docs", "GET, HEAD, OPTIONS"],
] as const;

describe.each(resources)("%s", (path, allow) => {
  test("tells its methods to OPTIONS", async () => {
    const response = await running.app.request(path, { method: "OPTIONS" });
    expect([200, 204]).toContain(response.status);
    expect(response.headers.get("allow")).toBe(allow);
    expect(await response.text()).toBe("");
  });

  test("answers 405 to any other method", async () => {
    for (const method of ["GET", "PUT", "POST", "DELETE", "PATCH", "PROPFIND"]) {
      if (allow.split(", ").includes(method)) continue;
      const response = await running.app.request(path, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get("allow")).toBe(allow);
      expect(await response.json()).toMatchObject({ code: "method_not_allowed" });
    }
  });
});

test.each([
  "/api",
  "/api/v3",
  "/api/v1/a/b",
  "/api/v1/a/",
  "/api/v2/",
  "/api/v2/a/b/c/d",
  "/api/v2/a/b/c/",
  "/api/v2/_all",
  "/api/v2/a/_nothing",
  "/api/v2/a/_batch/b",
  "/api/v2//b/c",
  "/API/v1/a",
  "/livez/",
  "/docs/",
  "/favicon.ico",
])("there is nothing at %s", async (path) => {
  for (const method of ["GET", "PUT", "OPTIONS", "HEAD"]) {
    const response = await running.app.request(path, { method });
    expect(response.status).toBe(404);
    if (method === "HEAD") continue;
    expect(response.headers.get("content-type")).toBe("application/problem+json");
    expect(await response.json()).toMatchObject({ code: "no_such_route" });
  }
});

test("a key with a slash in it is told how to be written", async () => {
  const response = await running.app.request("/api/v1/a/b");
  expect(await response.json()).toMatchObject({ message: expect.stringContaining("%2F") });
});
