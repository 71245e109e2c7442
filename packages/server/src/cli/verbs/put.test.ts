import { afterAll, beforeAll, expect, test } from "vitest";

import { boxerdb, talkingTo, type Ended } from "../../../test/cli/boxerdb.ts";
import { startTestServer, type TestServer } from "../../../test/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

const run = async (args: readonly string[], stdin?: string): Promise<Ended> =>
  await boxerdb(args, {
    environment: talkingTo(server),
    ...(stdin === undefined ? {} : { stdin }),
  });

const valueOf = async (key: string): Promise<unknown> => JSON.parse((await run(["get", key])).out);

const offsetOf = async (key: string): Promise<string> => {
  const { offset }: { offset: number } = JSON.parse((await run(["get", key, "--json"])).out);
  return String(offset);
};

test.each([
  ['"text"', "text"],
  ["null", null],
  ["-5", -5],
  ['{"__proto__": {"a": [true]}}', JSON.parse('{"__proto__": {"a": [true]}}')],
])("the value %s is read as JSON", async (argument, value) => {
  const { code, out } = await run(["put", "value", argument]);
  expect(code).toBe(0);
  expect(out).toMatch(/^put at offset \d+\n$/);
  expect(await valueOf("value")).toEqual(value);
});

test("--string stores text as it is", async () => {
  await run(["put", "text", "--string", "Hello World!"]);
  expect(await valueOf("text")).toBe("Hello World!");
  await run(["put", "text", "--string", "-"], "from\nstdin");
  expect(await valueOf("text")).toBe("from\nstdin");
});

test("--ttl has the value expire", async () => {
  await run(["put", "session", "1", "--ttl", "60"]);
  const before = Date.now();
  const answer = await fetch(`${server.url}/api/v1/session`);
  const leftMs = Number(answer.headers.get("boxerdb-expires")) - before;
  expect(leftMs).toBeGreaterThan(0);
  expect(leftMs).toBeLessThanOrEqual(60_000);
});

test("- reads the value from standard input", async () => {
  await run(["put", "stdin", "-"], '{\n  "a": 1\n}\n');
  expect(await valueOf("stdin")).toEqual({ a: 1 });
});

test("a value that is not JSON is told, and nothing is written", async () => {
  const { code, err } = await run(["put", "broken", "Hello"]);
  expect(code).toBe(2);
  expect(err).toContain("To store it as a string, add --string");
  expect((await run(["get", "broken"])).code).toBe(3);
});

test("--if-offset writes only over what was read", async () => {
  await run(["put", "versioned", "1"]);
  const offset = await offsetOf("versioned");
  expect((await run(["put", "versioned", "2", "--if-offset", offset])).code).toBe(0);
  const conflict = await run(["put", "versioned", "3", "--if-offset", offset]);
  expect(conflict.code).toBe(4);
  expect(conflict.err).toContain("read it again");
  expect(await valueOf("versioned")).toBe(2);
});

test("--if-absent writes only where there is nothing", async () => {
  expect((await run(["put", "once", "1", "--if-absent"])).code).toBe(0);
  expect((await run(["put", "once", "2", "--if-absent"])).code).toBe(4);
  expect(await valueOf("once")).toBe(1);
});

test("--json tells the offset", async () => {
  const { out } = await run(["put", "json", "1", "--json"]);
  expect(JSON.parse(out)).toEqual({ key: "json", offset: expect.any(Number) });
});
