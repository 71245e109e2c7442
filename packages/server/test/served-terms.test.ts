/** What reads and writes may be asked with, through a connection. */
import { afterAll, beforeAll, expect, test } from "vitest";

import { startTestServer, type TestServer } from "./test-server.ts";

let running: TestServer;
beforeAll(async () => {
  running = await startTestServer();
});
afterAll(() => running[Symbol.asyncDispose]());

const keyUrl = (query: string): string => `${running.url}/api/v1/asked${query}`;
const sendBytes = async (query: string, type: string, body: Uint8Array<ArrayBuffer>) =>
  fetch(keyUrl(query), {
    method: "PUT",
    body,
    headers: { "content-type": type, "idempotency-key": `${type}${query}` },
  });

test("media types, ttl, durability and a key to repeat by", async () => {
  const type = "application/octet-stream";
  const bytes = Uint8Array.of(0xff, 0, 0xc1);
  const first = await sendBytes("?ttl=60&durability=os", type, bytes);
  const second = await sendBytes("?ttl=60&durability=os", type, bytes);
  expect([first.status, second.status]).toEqual([200, 200]);
  expect(second.headers.get("idempotency-replayed")).toBe("true");
  expect(await second.json()).toEqual(await first.json());
  const get = await fetch(keyUrl(""));
  expect(get.headers.get("content-type")).toBe(type);
  expect(get.headers.get("boxerdb-expires")).toMatch(/^\d{13}$/);
  expect(new Uint8Array(await get.arrayBuffer())).toEqual(bytes);

  const packed = Uint8Array.of(0x81, 0xa1, 0x61, 0x01); // {"a": 1}
  expect((await sendBytes("", "application/msgpack", packed)).status).toBe(200);
  const accept = { headers: { accept: "application/json;q=0.5, application/msgpack" } };
  const unchanged = await fetch(keyUrl(""), accept);
  expect(new Uint8Array(await unchanged.arrayBuffer())).toEqual(packed);
  expect(await (await fetch(keyUrl(""))).json()).toEqual({ value: { a: 1 } });
  const head = await fetch(keyUrl(""), { method: "HEAD", ...accept });
  expect(head.headers.get("content-length")).toBe("4");
});

test("consistency and the offset to wait for", async () => {
  const written = await sendBytes("?durability=disk", "application/msgpack", Uint8Array.of(7));
  const offset = Number(written.headers.get("etag")?.replaceAll('"', ""));
  const from = (minOffset: number) => ({ headers: { "boxerdb-min-offset": String(minOffset) } });
  const there = await fetch(keyUrl("?consistency=linearizable"), from(offset));
  expect(await there.json()).toEqual({ value: 7 });
  const absent = await fetch(keyUrl("?wait=0"), from(offset + 1));
  expect(absent.status).toBe(503);

  const waiting = fetch(keyUrl("?wait=30"), from(offset + 1));
  await sendBytes("?ttl=9", "application/octet-stream", Uint8Array.of(1));
  expect((await waiting).status).toBe(200);
});
