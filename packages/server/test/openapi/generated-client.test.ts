/** Whether a client that is made of the document has the right types and works. */
import createClient from "openapi-fetch";
import openapiTS, { astToString } from "openapi-typescript";
import { afterAll, beforeAll, describe, expect, expectTypeOf, test } from "vitest";

import { expectGolden } from "../golden-file.ts";
import type { components, paths } from "../golden/openapi-client.ts";
import { startTestServer, type TestServer } from "../test-server.ts";

let leader: TestServer;
beforeAll(async () => {
  leader = await startTestServer();
});
afterAll(() => leader[Symbol.asyncDispose]());

const clientOf = ({ url }: TestServer) => createClient<paths>({ baseUrl: url });

test("the types are those that are made of the document", async () => {
  const ast = await openapiTS(new URL("/openapi.json", leader.url));
  const types = astToString(ast).replaceAll(/^ *\/\*\*[^]*?\*\/\n/gm, "");
  await expectGolden("openapi-client.ts", types);
});

describe("a generated client", () => {
  test("puts, gets and deletes", async () => {
    const client = clientOf(leader);
    const path = { key: "user/1" };
    const put = await client.PUT("/api/v1/{key}", {
      params: { path },
      body: { value: { name: "Ada" } },
    });
    expect(put.data).toEqual({ offset: expect.any(Number) });
    expectTypeOf(put.data).toEqualTypeOf<{ offset: number } | undefined>();

    const got = await client.GET("/api/v1/{key}", { params: { path } });
    expect(got.data).toEqual({ value: { name: "Ada" } });
    expect(got.response.headers.get("etag")).toBe(`"${put.data?.offset}"`);

    const removed = await client.DELETE("/api/v1/{key}", { params: { path } });
    expect(removed.data?.offset).toBeGreaterThan(put.data?.offset ?? Infinity);
  });

  test("tells errors apart by their codes", async () => {
    const client = clientOf(leader);
    const path = { database: "shop", collection: "stock", key: "pear" };
    const missing = await client.GET("/api/v2/{database}/{collection}/{key}", { params: { path } });
    expect(missing.error?.code).toBe("not_found");

    const put = (header: { "If-Match"?: string; "If-None-Match"?: string }) =>
      client.PUT("/api/v2/{database}/{collection}/{key}", {
        params: { path, header },
        body: { value: 1 },
      });
    const created = await put({ "If-None-Match": "*" });
    const offset = created.data?.offset;
    expect(offset).toBeGreaterThan(0);
    const again = await put({ "If-None-Match": "*" });
    if (again.error?.code !== "precondition_failed") throw new Error("it was created twice");
    expectTypeOf(again.error.actual).toEqualTypeOf<number | null>();
    expect(again.error.actual).toBe(offset);
    expect((await put({ "If-Match": `"${offset}"` })).data?.offset).toBeGreaterThan(offset ?? 0);
  });

  test("walks a listing by its cursors", async () => {
    const client = clientOf(leader);
    const path = { database: "shop", collection: "walk" };
    const keys = ["a", "b", "c", "d", "e"];
    for (const key of keys) {
      const params = { path: { ...path, key } };
      await client.PUT("/api/v2/{database}/{collection}/{key}", { params, body: { value: key } });
    }
    const seen: components["schemas"]["ListedEntry"][] = [];
    let cursor: string | undefined;
    do {
      const query = { limit: 2, gte: "b", ...(cursor === undefined ? {} : { cursor }) };
      const page = await client.GET("/api/v2/{database}/{collection}", { params: { path, query } });
      seen.push(...(page.data?.entries ?? []));
      cursor = page.data?.cursor;
    } while (cursor !== undefined);
    expect(seen.map(({ key, value }) => [key, value])).toEqual(
      keys.slice(1).map((key) => [key, key]),
    );
  });

  test("does batches, and is told which check failed", async () => {
    const client = clientOf(leader);
    const batch = () =>
      client.POST("/api/v2/{database}/_batch", {
        params: { path: { database: "shop" } },
        body: {
          checks: [{ collection: "stock", key: "apple", offset: null }],
          operations: [
            { op: "put", collection: "stock", key: "apple", value: 12 },
            { op: "delete", collection: "prices", key: "apple" },
          ],
        },
      });
    expect((await batch()).data?.offset).toBeGreaterThan(0);
    const refused = await batch();
    expect(refused.error).toMatchObject({ code: "precondition_failed", check: 0, key: "apple" });
  });

  test("is sent to the leader by a follower", async () => {
    const { peerUrl = "" } = leader.server;
    await using follower = await startTestServer({ role: "follower", leaderUrl: peerUrl });
    const { error } = await clientOf(follower).PUT("/api/v1/{key}", {
      params: { path: { key: "k" } },
      body: { value: 1 },
    });
    if (error?.code !== "not_leader") throw new Error("a follower took a write");
    expectTypeOf(error.leader).toEqualTypeOf<string | undefined>();
    expect(error.message).toBe("This action is only available to the leader");
  });

  test("cannot send what the API does not take", () => {
    const client = clientOf(leader);
    const mistakes = () => [
      // @ts-expect-error: a body has a value
      client.PUT("/api/v1/{key}", { params: { path: { key: "k" } }, body: {} }),
      // @ts-expect-error: a limit is a number
      client.GET("/api/v1", { params: { query: { limit: "2" } } }),
      // @ts-expect-error: there is no such path
      client.GET("/api/v3"),
    ];
    expectTypeOf(mistakes).toBeFunction();
  });
});
