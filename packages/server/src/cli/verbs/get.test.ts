import { afterAll, beforeAll, expect, test } from "vitest";

import { boxerdb, talkingTo } from "../../../test/cli/boxerdb.ts";
import { startTestServer, type TestServer } from "../../../test/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
  const environment = talkingTo(server);
  await boxerdb(["put", "ada", '{"name": "Ada", "born": 1815}'], { environment });
  await boxerdb(["put", "a/b ü🥊", "[1]"], { environment });
  await boxerdb(["put", "ada", "2", "--database", "app", "--collection", "users"], { environment });
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

test("into a pipe the value is compact, on a terminal indented", async () => {
  const environment = talkingTo(server);
  expect(await boxerdb(["get", "ada"], { environment })).toEqual({
    code: 0,
    out: '{"name":"Ada","born":1815}\n',
    err: "",
  });
  const { out } = await boxerdb(["get", "ada"], { environment, columns: 80 });
  expect(out).toBe('{\n  "name": "Ada",\n  "born": 1815\n}\n');
});

test("--json tells key, value and offset", async () => {
  const environment = talkingTo(server);
  const { out } = await boxerdb(["get", "a/b ü🥊", "--json"], { environment });
  expect(JSON.parse(out)).toEqual({ key: "a/b ü🥊", value: [1], offset: expect.any(Number) });
});

test("bytes go into a pipe as they are; elsewhere their size or base64 is told", async () => {
  const environment = talkingTo(server);
  const bytes = Uint8Array.of(0xe2, 0x82, 0xac);
  await fetch(`${server.url}/api/v1/bytes`, {
    method: "PUT",
    body: bytes,
    headers: { "content-type": "application/octet-stream" },
  });
  expect((await boxerdb(["get", "bytes"], { environment })).out).toBe("€");
  expect((await boxerdb(["get", "bytes"], { environment, columns: 80 })).out).toBe("(3 B)\n");
  const { out } = await boxerdb(["get", "bytes", "--json"], { environment });
  expect(JSON.parse(out)).toEqual({ key: "bytes", base64: "4oKs", offset: expect.any(Number) });
});

test("databases and collections are apart", async () => {
  const environment = talkingTo(server);
  const place = ["--database", "app", "--collection", "users"];
  expect((await boxerdb(["get", "ada", ...place], { environment })).out).toBe("2\n");
});

test("what is not there ends with 3, and says what is missing", async () => {
  const environment = talkingTo(server);
  const missing = await boxerdb(["get", "nobody"], { environment });
  expect(missing).toEqual({
    code: 3,
    out: "",
    err: 'error: there is no key "nobody" in default/default\n',
  });
  const elsewhere = await boxerdb(["get", "ada", "--database", "none"], { environment });
  expect(elsewhere.code).toBe(3);
  expect(elsewhere.err).toMatch(/^error: there is no database "none"/);
  const json = await boxerdb(["get", "nobody", "--json"], { environment });
  expect(JSON.parse(json.err)).toMatchObject({ error: { code: "not_found", exitCode: 3 } });
});

test("--url goes before the environment", async () => {
  const environment = { BOXERDB_URL: "http://127.0.0.1:1" };
  expect((await boxerdb(["get", "ada"], { environment })).code).toBe(5);
  expect((await boxerdb(["get", "ada", "--url", server.url], { environment })).code).toBe(0);
});
