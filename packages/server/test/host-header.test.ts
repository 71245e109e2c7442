import { hostname } from "node:os";

import { describe, expect, test } from "vitest";

import { AccessFiles } from "./access-files.ts";
import { sendRaw } from "./raw-socket.ts";
import { startTestServer, type TestServer } from "./test-server.ts";

const statusFor = async ({ port }: TestServer, host: string): Promise<number> => {
  const request = `DELETE /api/v2/none HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;
  const { status, body } = await sendRaw(port, request);
  if (status === 421) expect(JSON.parse(body)).toMatchObject({ code: "wrong_host" });
  return status;
};

const taken = [
  "localhost",
  "LOCALHOST:1",
  "127.0.0.1:80",
  "[::1]:8080",
  "192.0.2.7:8080",
  "[2001:db8::7]",
  hostname(),
  "kv.example:8080",
];

/** What the name of another site is, which points here. */
const refused = [
  "evil.example",
  "evil.example:8080",
  "127.0.0.1.evil.example",
  "localhost.evil.example",
  "localhost/a",
  "kv.example.evil.example",
];

describe.each(["127.0.0.1", "0.0.0.0"])("without tokens, on %s", (host) => {
  test("addresses and the server's own names are answered, others are not", async () => {
    const flags = { host, auth: "off", advertiseUrl: "http://KV.example:8080" };
    await using running = await startTestServer(flags);
    for (const name of taken) expect([name, await statusFor(running, name)]).toEqual([name, 404]);
    for (const name of refused) expect([name, await statusFor(running, name)]).toEqual([name, 421]);
  });
});

test("with tokens any name will do, for a page of another site has none", async () => {
  await using files = await AccessFiles.create();
  const tokensFile = await files.writeTokens({ secret: "admin" });
  await using running = await startTestServer({ tokensFile });
  expect(await statusFor(running, "kv.example")).toBe(401);
});
