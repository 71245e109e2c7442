import { maxContainers } from "@boxerdb/engine";
import { describe, expect, test } from "vitest";
import { z } from "zod";

import { WebExchange } from "./exchange/web-exchange.ts";
import { readJsonBody } from "./json-body.ts";
import { ProblemError, type Problem } from "./problem.ts";

const schema = z.strictObject({
  value: z.unknown(),
  list: z.array(z.strictObject({ n: z.int() })).optional(),
});

const request = (
  body: string | Uint8Array,
  headers: Record<string, string> = { "content-type": "application/json" },
) => new Request("http://localhost/", { method: "PUT", body, headers });

const read = (given: Request, limitBytes: number) =>
  readJsonBody(new WebExchange(given, undefined), schema, limitBytes);

async function problemOf(given: Request, limitBytes = 1000): Promise<Problem> {
  const error = await read(given, limitBytes).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ProblemError) return error.problem;
  throw new Error("the body was not refused", { cause: error });
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);

/** A body that arrives in parts, without a length. */
const inParts = (...parts: readonly string[]): ReadableStream<Uint8Array> =>
  ReadableStream.from(parts.map(bytes));
const streamed = (body: ReadableStream<Uint8Array>): Request =>
  new Request("http://localhost/", {
    method: "PUT",
    body,
    headers: { "content-type": "application/json" },
    duplex: "half",
  });

describe("the type of a body", () => {
  test.each([
    { "content-type": "application/json" },
    { "content-type": "application/json; charset=utf-8" },
    { "content-type": 'Application/JSON;charset="UTF-8"' },
    { "content-type": "application/vnd.example+json" },
    { "content-type": "application/x-www-form-urlencoded" },
    { "content-type": "application/json", "content-encoding": "identity" },
  ])("%o is read", async (headers) => {
    expect(await read(request('{"value":1}', headers), 100)).toEqual({ value: 1 });
  });

  test("no type at all is read as JSON", async () => {
    const untyped = request(bytes('{"value":1}'), {});
    expect(untyped.headers.get("content-type")).toBeNull();
    expect(await read(untyped, 100)).toEqual({ value: 1 });
  });

  test.each([
    { "content-type": "text/plain" },
    { "content-type": "application/xml" },
    { "content-type": "application/json; charset=latin1" },
    { "content-type": "application/jsonx" },
    { "content-type": "" },
    { "content-type": "application/json", "content-encoding": "gzip" },
    // What a page of another site could send from a browser, without asking.
    { "content-type": "application/x-www-form-urlencoded", origin: "https://example.com" },
    { "content-type": "application/x-www-form-urlencoded", "sec-fetch-site": "cross-site" },
  ])("%o is refused", async (headers) => {
    expect((await problemOf(request('{"value":1}', headers))).code).toBe("unsupported_media_type");
  });
});

describe("the length of a body", () => {
  test("is judged by what it says", async () => {
    const headers = { "content-type": "application/json", "content-length": "1001" };
    expect(await problemOf(request('{"value":1}', headers))).toMatchObject({
      code: "too_large",
      members: { limit: 1000, unit: "bytes" },
    });
  });

  test("is judged while it arrives, and the rest is not waited for", async () => {
    let pulled = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled++;
        controller.enqueue(bytes(" ".repeat(100)));
      },
    });
    expect((await problemOf(streamed(endless))).code).toBe("too_large");
    expect(pulled).toBeLessThan(20);
  });

  test("may be the limit itself", async () => {
    const text = JSON.stringify({ value: "x".repeat(988) });
    expect(text.length).toBe(1000);
    expect(await read(streamed(inParts(text)), 1000)).toEqual({
      value: "x".repeat(988),
    });
  });
});

describe("the content of a body", () => {
  test("comes in parts that cut characters", async () => {
    const [...all] = bytes('{"value":"🥊é"}');
    const parts = ReadableStream.from(all.map((byte) => Uint8Array.of(byte)));
    expect(await read(streamed(parts), 100)).toEqual({ value: "🥊é" });
  });

  test.each<[string, string, string]>([
    [
      "",
      "malformed_json",
      "the body is not JSON, at line 1, column 1: expected a value, but the text ends",
    ],
    [
      '{\n"value": tru}',
      "malformed_json",
      'the body is not JSON, at line 2, column 10: expected a value, not "t"',
    ],
    ['{"value":1,"more":2,"yet":3}', "invalid_body", '"more", "yet" are not known here'],
    ['{"value":1,"__proto__":2}', "invalid_body", '"__proto__" is not known here'],
    [
      '{"value":1,"list":[{"n":1},{"n":"x"}]}',
      "invalid_body",
      "list[1].n: Invalid input: expected number, received string",
    ],
    ['{"value":1,"list":[{"n":1,"m":1}]}', "invalid_body", '"m" is not known in list[0]'],
  ])("%o is refused", async (text, code, message) => {
    expect(await problemOf(request(text))).toMatchObject({ code, message });
  });

  test.each([[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xc3]])(
    "bytes that are not UTF-8 (%i …) are refused, not replaced",
    async (...bad) => {
      const body = Buffer.concat([bytes('{"value":"'), Uint8Array.from(bad), bytes('"}')]);
      expect((await problemOf(request(new Uint8Array(body)))).code).toBe("invalid_utf8");
    },
  );

  test("that ends early is told as such", async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.error(new Error("aborted")),
    });
    expect((await problemOf(streamed(broken))).code).toBe("incomplete_body");
  });
});

describe("a body in which much is wrong", () => {
  const told = (body: unknown) => problemOf(request(JSON.stringify(body)), 2_000_000);

  test("is told of some of it, and how much more there is", async () => {
    const { message, members } = await told({
      value: 1,
      list: Array.from({ length: 999 }, () => 2),
    });
    expect(message).toMatch(/^list\[0\]: .*list\[9\]: [^;]*; and 989 more$/);
    expect(members?.["errors"]).toHaveLength(10);
  });

  test("is told of some of the fields that are not known, and of the beginning of their names", async () => {
    const fields = Array.from({ length: 1_000 }, (_, index) => [`${index}${"x".repeat(1_000)}`, 1]);
    const problem = await told({ value: 1, ...Object.fromEntries(fields) });
    expect(problem.message).toContain("and 990 more are not known here");
    expect(JSON.stringify(problem).length).toBeLessThan(4_000);
  });
});

test("a body of more arrays and objects than memory should hold is refused before it is parsed", async () => {
  const body = "[".repeat(maxContainers + 1);
  expect(await problemOf(request(body), body.length)).toMatchObject({
    code: "too_large",
    members: { limit: maxContainers, unit: "containers" },
  });
});
