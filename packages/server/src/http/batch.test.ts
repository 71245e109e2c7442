import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { putting, sending, startTestNode, type TestNode } from "../../test/test-node.ts";

let running: TestNode;
beforeAll(async () => {
  running = await startTestNode();
});
afterAll(() => running[Symbol.asyncDispose]());

const batch = (body: unknown) => running.app.request("/api/v2/app/_batch", sending("POST", body));
const value = async (place: string): Promise<unknown> => {
  const response = await running.app.request(`/api/v2/app/${place}`);
  return response.status === 200 ? response.json() : response.status;
};
const answerSchema = z.strictObject({ offset: z.int() });
const put = (key: string, value: unknown) => ({ op: "put", collection: "users", key, value });
const remove = (key: string) => ({ op: "delete", collection: "users", key });

describe("a batch", () => {
  test("does all of its operations and answers the offset of the last", async () => {
    await running.app.request("/api/v2/app/users/gone", putting(0));
    const response = await batch({
      operations: [put("ada", 1), put("a/b 🥊", null), remove("gone"), remove("never")],
    });
    expect(response.status).toBe(200);
    const { offset } = answerSchema.parse(await response.json());
    expect(response.headers.get("etag")).toBe(`"${offset}"`);
    expect(await value("users/ada")).toEqual({ value: 1 });
    expect(await value("users/a%2Fb%20%F0%9F%A5%8A")).toEqual({ value: null });
    expect(await value("users/gone")).toBe(404);
  });

  test("reaches the keys . and .., which most clients cannot put into a path", async () => {
    await batch({ operations: [put("..", "dots"), put(".", "dot")] });
    const listed = await running.app.request("/api/v2/app/users?gte=.&lte=..");
    expect(await listed.json()).toMatchObject({
      entries: [
        { key: ".", value: "dot" },
        { key: "..", value: "dots" },
      ],
    });
  });

  test("does nothing where one of its checks does not hold, and names it", async () => {
    const first = await running.app.request("/api/v2/app/users/eve", putting(1));
    const { offset } = answerSchema.parse(await first.json());
    const check = (key: string, expected: number | null) => ({
      collection: "users",
      key,
      offset: expected,
    });
    const operations = [put("eve", 2), put("mallory", 2)];
    const refused = await batch({
      checks: [check("eve", offset), check("mallory", 7)],
      operations,
    });
    expect(refused.status).toBe(412);
    expect(await refused.json()).toMatchObject({
      code: "precondition_failed",
      check: 1,
      collection: "users",
      key: "mallory",
      expected: 7,
      actual: null,
    });
    expect(await value("users/eve")).toEqual({ value: 1 });
    expect(await value("users/mallory")).toBe(404);
    const done = await batch({
      checks: [check("eve", offset), check("mallory", null)],
      operations,
    });
    expect(done.status).toBe(200);
    expect(await value("users/mallory")).toEqual({ value: 2 });
  });

  test.each<[string, unknown, number, string, string]>([
    ["no operations", {}, 400, "invalid_body", "operations: must be a list of puts and deletes"],
    ["empty operations", { operations: [] }, 400, "invalid_body", "at least one"],
    [
      "an unknown operation",
      { operations: [{ op: "move" }] },
      400,
      "invalid_body",
      'operations[0].op: must be "put" or "delete"',
    ],
    [
      "a put without value",
      { operations: [{ op: "put", collection: "c", key: "k" }] },
      400,
      "invalid_body",
      "operations[0].value: is missing",
    ],
    [
      "a delete with value",
      { operations: [{ ...remove("k"), value: 1 }] },
      400,
      "invalid_body",
      '"value" is not known in operations[0]',
    ],
    [
      "no key",
      { operations: [{ op: "delete", collection: "c" }] },
      400,
      "invalid_body",
      "operations[0].key: must be a text",
    ],
    [
      "a bad offset",
      { operations: [remove("k")], checks: [{ collection: "c", key: "k", offset: -1 }] },
      400,
      "invalid_body",
      "checks[0].offset",
    ],
    [
      "no offset",
      { operations: [remove("k")], checks: [{ collection: "c", key: "k" }] },
      400,
      "invalid_body",
      "checks[0].offset",
    ],
    [
      "an unknown field",
      { operations: [remove("k")], atomic: true },
      400,
      "invalid_body",
      '"atomic" is not known here',
    ],
    ["an empty key", { operations: [put("k", 1), put("", 1)] }, 400, "invalid_key", "at least one"],
    [
      "a bad collection",
      { operations: [put("k", 1), { ...put("k", 1), collection: "_c" }] },
      400,
      "invalid_name",
      "_c",
    ],
    ["malformed JSON", '{"operations":[}', 400, "malformed_json", "column 16"],
    [
      "too much",
      { operations: ["a", "b", "c"].map((key) => put(key, "x".repeat(720 * 1024))) },
      413,
      "too_large",
      "",
    ],
  ])("with %s is refused, and nothing is done", async (_, body, status, code, message) => {
    await batch({ operations: [put("k", "as it was")] });
    const response = await batch(body);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    expect(await value("users/k")).toEqual({ value: "as it was" });
  });
});

test.each(["checks", "operations"])(
  "%s beyond the limit are counted, not looked at",
  async (unit) => {
    const things = Array.from({ length: 100_001 }, () => 1);
    const response = await batch({ operations: [put("k", 1)], [unit]: things });
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ code: "too_large", limit: 100_000, unit });
  },
);
