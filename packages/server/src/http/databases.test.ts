import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { putting, sending, startTestNode, type TestNode } from "../../test/test-node.ts";

let running: TestNode;
beforeAll(async () => {
  running = await startTestNode();
});
afterAll(() => running[Symbol.asyncDispose]());

const ask = (path: string, init?: RequestInit) => running.app.request(path, init);
const create = (name: string, init: RequestInit = {}) =>
  ask(`/api/v2/${name}`, { method: "PUT", ...init });

describe("databases", () => {
  test("are created, listed, described and dropped", async () => {
    const created = await create("app");
    expect(created.status).toBe(201);
    expect(created.headers.get("location")).toBe("/api/v2/app");
    const summary: unknown = await created.json();
    expect(summary).toMatchObject({ name: "app", keys: 0, id: expect.any(String) });

    await ask("/api/v2/app/users/ada", putting(1));
    await ask("/api/v2/app/users/bob", putting(1));
    await ask("/api/v2/app/orders/1", putting(1));
    const described = await ask("/api/v2/app");
    expect(described.status).toBe(200);
    expect(described.headers.has("boxerdb-offset")).toBe(true);
    expect(await described.json()).toMatchObject({
      name: "app",
      keys: 3,
      bytes: expect.any(Number),
      collections: [
        { name: "orders", keys: 1 },
        { name: "users", keys: 2 },
      ],
    });

    await create("zoo");
    const listed = await ask("/api/v2");
    expect(await listed.json()).toMatchObject({ databases: [{ name: "app" }, { name: "zoo" }] });

    const dropped = await ask("/api/v2/app", { method: "DELETE" });
    expect(dropped.status).toBe(200);
    expect(await dropped.json()).toEqual({ dropped: "app" });
    expect((await ask("/api/v2/app/users/ada")).status).toBe(404);
    for (const method of ["GET", "DELETE"]) {
      const response = await ask("/api/v2/app", { method });
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ code: "database_not_found" });
    }
  });

  test("that exist are not created again", async () => {
    await create("once");
    const again = await create("once");
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: "exists" });
  });

  test("the default one answers before its first write", async () => {
    await using fresh = await startTestNode();
    const described = await fresh.app.request("/api/v2/default");
    expect(described.status).toBe(200);
    expect(await described.json()).toMatchObject({ name: "default", keys: 0, collections: [] });
  });

  test("refuse conditions, which they do not look at, and change nothing", async () => {
    const conditions = { "if-match": '"999"' };
    for (const method of ["PUT", "DELETE"]) {
      const response = await ask("/api/v2/default", { method, headers: conditions });
      expect(response.status).toBe(400);
      expect(await response.json()).toMatchObject({ code: "invalid_header", header: "if-match" });
    }
    const body = JSON.stringify({
      operations: [{ op: "put", collection: "c", key: "k", value: 1 }],
    });
    const headers = { ...conditions, "content-type": "application/json" };
    const batch = await ask("/api/v2/conditions/_batch", { method: "POST", headers, body });
    expect(batch.status).toBe(400);
    expect((await ask("/api/v2/conditions")).status).toBe(404);
  });

  test("take no settings", async () => {
    expect((await create("bare", sending("PUT", {}))).status).toBe(201);
    const response = await create("sized", {
      ...sending("PUT", { segments: 1 }),
      headers: { "content-type": "application/json", "content-length": "14" },
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: "invalid_body",
      message: '"segments" is not known here',
    });
    expect((await ask("/api/v2/sized")).status).toBe(404);
  });

  test.each(["-a", ".a", "a%2Fb", "a%20b", "%5Fa", "a".repeat(129)])(
    "the name %s is refused",
    async (name) => {
      for (const method of ["GET", "PUT", "DELETE"]) {
        const response = await ask(`/api/v2/${name}`, { method });
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ code: "invalid_name" });
      }
    },
  );
});
