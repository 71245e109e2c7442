/** What JSON is taken is what JSON.parse takes and our rules allow, and it reads back as it was sent. */
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startTestNode, type TestNode } from "../test-node.ts";

const MiB = 1024 * 1024;

let running: TestNode;
beforeAll(async () => {
  running = await startTestNode({
    store: { maxValueBytes: 4 * MiB },
    api: { maxBodyBytes: 8 * MiB },
  });
});
afterAll(() => running[Symbol.asyncDispose]());

const runs = Number(process.env["BOXERDB_HOSTILE_RUNS"] ?? 400);

const put = (body: string | Uint8Array<ArrayBuffer>): Promise<Response> =>
  Promise.resolve(
    running.app.request("/api/v1/document", {
      method: "PUT",
      body,
      headers: { "content-type": "application/json" },
    }),
  );
const read = async (): Promise<string> => (await running.app.request("/api/v1/document")).text();

/** The value that a body stands for by our rules; undefined where it is to be refused. */
function allowed(body: string): { readonly value: unknown } | undefined {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) return undefined;
    if (Object.keys(parsed).join() !== "value") return undefined;
    const value: unknown = Reflect.get(parsed, "value");
    return isStorable(value, 0) ? { value } : undefined;
  } catch {
    return undefined;
  }
}

function isStorable(value: unknown, depth: number): boolean {
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value === "string") return value.isWellFormed();
  if (typeof value !== "object" || value === null) return true;
  if (depth === 512) return false;
  return Object.entries(value).every(
    ([name, inner]) => name.isWellFormed() && isStorable(inner, depth + 1),
  );
}

/** Puts a body, and judges what came of it. */
async function expectAsDocumented(body: string): Promise<void> {
  const before = await read();
  const response = await put(body);
  const expected = allowed(body);
  if (expected === undefined) {
    expect(response.status).toBe(400);
    expect(await read()).toBe(before);
  } else {
    expect(response.status).toBe(200);
    // JSON has no other zero: what JSON.stringify makes of the value is what is kept.
    expect(await read()).toBe(JSON.stringify({ value: expected.value }));
  }
}

// Texts of tokens that are JSON now and then, more often nearly.
const names = fc.constantFrom("value", "__proto__", "constructor", "toString", "a", "0", "é🥊");
const strings = fc.oneof(
  fc.string({ unit: "binary" }).map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '"\\ud800"',
    '"\\udc00\\ud800"',
    '"\\ud83e\\udd4a"',
    '"\\u0000"',
    '"\\x"',
    '"\t"',
    '"',
    "'a'",
  ),
);
const numbers = fc.oneof(
  fc.double().map(String),
  fc.constantFrom(
    "-0",
    "1e400",
    "-1e400",
    "1e-400",
    "9007199254740993",
    "01",
    "+1",
    ".5",
    "1.",
    "0x1",
    "1e",
    "NaN",
    `1${"0".repeat(400)}`,
  ),
);
const value = fc.letrec<{ any: string }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    numbers,
    strings,
    fc.constantFrom("null", "true", "false", "undefined", "[,]", "{}"),
    fc.array(tie("any"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
    fc
      .array(fc.tuple(names, tie("any")), { maxLength: 4 })
      .map((fields) => `{${fields.map(([name, inner]) => `"${name}":${inner}`).join(",")}}`),
  ),
})).any;
const wrapped = value.map((inner) => `{"value":${inner}}`);
const mutated = fc
  .tuple(
    wrapped,
    fc.nat(),
    fc.nat(3),
    fc.constantFrom("", ",", '"', "\\", "[", "}", "\ufeff", " ", "\0"),
  )
  .map(([body, place, length, piece]) => {
    const start = place % (body.length + 1);
    return body.slice(0, start) + piece + body.slice(start + length);
  })
  // The mark of the byte order at the start is no part of the text, and half of a character is no text.
  .filter((body) => !body.startsWith("\ufeff") && body.isWellFormed());

test("any body is taken as JSON.parse and our rules take it", async () => {
  const anyBody = fc.oneof(wrapped, mutated, value);
  await fc.assert(fc.asyncProperty(anyBody, expectAsDocumented), { numRuns: runs });
});

test("any bytes are refused, or read back", async () => {
  const bytes = fc
    .tuple(wrapped, fc.nat(), fc.uint8Array({ maxLength: 4 }))
    .map(([body, place, noise]) => {
      const text = Buffer.from(body);
      const start = place % (text.byteLength + 1);
      return Buffer.concat([text.subarray(0, start), noise, text.subarray(start)]);
    });
  await fc.assert(
    fc.asyncProperty(bytes, async (body) => {
      const text = body.toString();
      if (Buffer.from(text).equals(body) && !text.startsWith("\ufeff")) {
        await expectAsDocumented(text);
        return;
      }
      const before = await read();
      const response = await put(new Uint8Array(body));
      if (text.startsWith("\ufeff")) expect([200, 400]).toContain(response.status);
      else expect(response.status).toBe(400);
      if (response.status === 400) expect(await read()).toBe(before);
    }),
    { numRuns: runs },
  );
});

describe("bodies of these kinds", () => {
  const nested = (levels: number): string => `{"value":${"[".repeat(levels)}${"]".repeat(levels)}}`;
  const wide = Object.fromEntries(
    Array.from({ length: 100_000 }, (_, index) => [`field${index}`, index]),
  );
  test.each<[string, string]>([
    ["as deep as may be", nested(512)],
    ["one deeper than may be", nested(513)],
    ["deeper than any stack", nested(200_000)],
    ["a hundred thousand fields", JSON.stringify({ value: wide })],
    ["long strings", JSON.stringify({ value: "🥊".repeat(100_000) })],
    [
      "names that objects have by themselves",
      '{"value":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1,"hasOwnProperty":null}}',
    ],
    ["a prototype beside the value", '{"value":1,"__proto__":{"polluted":1}}'],
    ["a prototype that has the value", '{"__proto__":{"value":1}}'],
    ["the value twice", '{"value":1,"value":{"last":true}}'],
    ["fields twice", '{"value":{"a":1,"a":2,"b":[{"c":1,"c":null}]}}'],
    ["numbers beyond all", '{"value":[1e400]}'],
    [
      "numbers with more digits than they keep",
      '{"value":[9007199254740993,0.1000000000000000055511151231257827,-0,1e-400,5e-324]}',
    ],
    ["a lone surrogate in a name", '{"value":{"\\ud800":1}}'],
    ["a separator of lines in a string", '{"value":"\u2028\u2029"}'],
    ["nothing", ""],
    ["only blanks", " \n\t\r"],
  ])("%s", async (_, body) => {
    await expectAsDocumented(body);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});
