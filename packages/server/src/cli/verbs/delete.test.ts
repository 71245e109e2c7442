import { afterAll, beforeAll, expect, test } from "vitest";

import { boxerdb, talkingTo } from "../../../test/cli/boxerdb.ts";
import { startTestServer, type TestServer } from "../../../test/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

test("a key is deleted once; the second time it is not there", async () => {
  const environment = talkingTo(server);
  await boxerdb(["put", "a/b", "1"], { environment });
  const first = await boxerdb(["delete", "a/b"], { environment });
  expect(first.code).toBe(0);
  expect(first.out).toMatch(/^deleted at offset \d+\n$/);
  expect((await boxerdb(["get", "a/b"], { environment })).code).toBe(3);
  expect((await boxerdb(["delete", "a/b"], { environment })).code).toBe(3);
});

test("--if-offset deletes only what was read", async () => {
  const environment = talkingTo(server);
  await boxerdb(["put", "versioned", "1"], { environment });
  const { offset }: { offset: number } = JSON.parse(
    (await boxerdb(["get", "versioned", "--json"], { environment })).out,
  );
  await boxerdb(["put", "versioned", "2"], { environment });
  const stale = await boxerdb(["delete", "versioned", "--if-offset", String(offset)], {
    environment,
  });
  expect(stale.code).toBe(4);
  expect((await boxerdb(["get", "versioned"], { environment })).out).toBe("2\n");
  const fresh = ["delete", "versioned", "--if-offset", String(offset + 1)];
  expect((await boxerdb(fresh, { environment })).code).toBe(0);
  expect((await boxerdb(["get", "versioned"], { environment })).code).toBe(3);
});

test("--json tells the offset", async () => {
  const environment = talkingTo(server);
  await boxerdb(["put", "k", "1"], { environment });
  const { out } = await boxerdb(["delete", "k", "--json"], { environment });
  expect(JSON.parse(out)).toEqual({ key: "k", offset: expect.any(Number) });
});
