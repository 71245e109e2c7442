import { Packr, unpack } from "msgpackr";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { putting, startTestNode, type TestNode } from "../../test/test-node.ts";

let running: TestNode;
beforeAll(async () => {
  running = await startTestNode();
});
afterAll(() => running[Symbol.asyncDispose]());

const ask = async (path: string, init?: RequestInit): Promise<Response> =>
  running.app.request(path, init);
const sendingBytes = (type: string, body: Uint8Array<ArrayBuffer>): RequestInit => ({
  method: "PUT",
  body,
  headers: { "content-type": type },
});
const accepting = async (path: string, accept: string): Promise<Response> =>
  ask(path, { headers: { accept } });
const bytesOf = async (response: Response): Promise<Buffer> =>
  Buffer.from(await response.arrayBuffer());

const packer = new Packr({ useRecords: false });
const pack = (value: unknown) => Uint8Array.from(packer.pack(value));
const octets = Uint8Array.of(0, 255, 10, 0xc3);

describe("a body of bytes", () => {
  test("is stored as it is, an empty one too", async () => {
    for (const bytes of [octets, new Uint8Array()]) {
      const put = await ask("/api/v1/bytes", sendingBytes("application/octet-stream", bytes));
      expect(put.status).toBe(200);
      const get = await ask("/api/v1/bytes");
      expect(get.headers.get("content-type")).toBe("application/octet-stream");
      expect(get.headers.get("etag")).toBe(put.headers.get("etag"));
      expect(await bytesOf(get)).toEqual(Buffer.from(bytes));
    }
  });

  test("may be as long as a value, and no longer", async () => {
    const type = "application/octet-stream";
    const most = new Uint8Array(1024 * 1024 - 5);
    expect((await ask("/api/v1/most", sendingBytes(type, most))).status).toBe(200);
    const more = await ask("/api/v1/most", sendingBytes(type, new Uint8Array(1024 * 1024)));
    expect(more.status).toBe(413);
    expect(await more.json()).toMatchObject({ code: "too_large", limit: 1024 * 1024 });
  });

  test("is not read compressed", async () => {
    const init = sendingBytes("application/octet-stream", octets);
    const headers = { "content-type": "application/octet-stream", "content-encoding": "gzip" };
    expect((await ask("/api/v1/packed", { ...init, headers })).status).toBe(415);
  });
});

describe("a body of msgpack", () => {
  test.each([
    "application/msgpack",
    "application/x-msgpack",
    "application/vnd.msgpack; charset=binary",
  ])("of the type %s is stored as the value that it says", async (type) => {
    const value = { name: "Ada", tags: ["é", null, 1.5], "": { nested: -7 } };
    const put = await ask("/api/v1/packed", sendingBytes(type, pack(value)));
    expect(put.status).toBe(200);
    expect(await (await ask("/api/v1/packed")).json()).toEqual({ value });
  });

  test("that is one bin is stored as bytes", async () => {
    await ask("/api/v1/bin", sendingBytes("application/msgpack", pack(Buffer.from(octets))));
    expect(await bytesOf(await ask("/api/v1/bin"))).toEqual(Buffer.from(octets));
  });

  test.each<[string, Uint8Array<ArrayBuffer>]>([
    ["nothing", new Uint8Array()],
    ["a timestamp", pack(new Date(0))],
    ["a map with numbers as names", pack(new Map([[1, 2]]))],
    ["two values", Uint8Array.of(1, 2)],
    ["half a string", pack("half").subarray(0, 3)],
    ["nesting without end", new Uint8Array(100_000).fill(0x91)],
  ])("that holds %s is refused, and nothing changes", async (_, body) => {
    await ask("/api/v1/untouched", putting(1));
    const response = await ask("/api/v1/untouched", sendingBytes("application/msgpack", body));
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      code: "invalid_value",
      message: expect.stringContaining("at byte"),
    });
    expect(await (await ask("/api/v1/untouched")).json()).toEqual({ value: 1 });
  });
});

describe("the form of an answer", () => {
  beforeAll(async () => {
    await ask("/api/v1/json", putting({ n: [1, "é"] }));
    await ask("/api/v1/octets", sendingBytes("application/octet-stream", octets));
  });

  const json = "application/json";
  const octetStream = "application/octet-stream";
  const msgpack = "application/msgpack";

  test.each<[key: string, accept: string, type: string]>([
    ["json", "*/*", json],
    ["json", "application/*", json],
    ["json", "text/html,application/xhtml+xml,*/*;q=0.8", json],
    ["json", msgpack, msgpack],
    ["json", "application/x-msgpack", "application/x-msgpack"],
    ["json", `${json};q=0.5, ${msgpack}`, msgpack],
    ["json", `${msgpack};q=0.5, ${json};q=0.6`, json],
    ["json", `${json};q=0, */*`, msgpack],
    ["json", `${octetStream}, ${json};q=0.1`, json],
    ["octets", "*/*", octetStream],
    ["octets", msgpack, msgpack],
    ["octets", json, json],
    ["octets", `${json}, ${octetStream}`, json],
    ["octets", `${json};q=0.9, ${octetStream}`, octetStream],
  ])("of %s, accepting %s, is %s", async (key, accept, type) => {
    const get = await accepting(`/api/v1/${key}`, accept);
    expect(get.status).toBe(200);
    expect(get.headers.get("content-type")).toBe(type);
    expect(get.headers.get("vary")).toBe("accept");
    const head = await ask(`/api/v1/${key}`, { method: "HEAD", headers: { accept } });
    const body = await bytesOf(get);
    expect(head.headers.get("content-type")).toBe(type);
    expect(head.headers.get("content-length")).toBe(String(body.byteLength));
    const value = key === "json" ? { n: [1, "é"] } : Buffer.from(octets);
    if (type === octetStream) expect(body).toEqual(value);
    else if (type !== json) expect(unpack(body)).toEqual(value);
    else {
      const base64 = Buffer.from(octets).toString("base64");
      expect(JSON.parse(body.toString())).toEqual(key === "json" ? { value } : { base64 });
    }
  });

  test.each([
    ["json", octetStream],
    ["json", "text/plain"],
    ["octets", "image/png"],
    ["octets", "*/*;q=0"],
  ])("of %s is refused where only %s is accepted", async (key, accept) => {
    const response = await accepting(`/api/v1/${key}`, accept);
    expect(response.status).toBe(406);
    expect(response.headers.get("vary")).toBe("accept");
    expect(await response.json()).toMatchObject({
      code: "not_acceptable",
      available: expect.arrayContaining([json, msgpack]),
    });
  });

  test("is not looked at where there is nothing new", async () => {
    const etag = (await ask("/api/v1/json")).headers.get("etag") ?? "";
    const same = await ask("/api/v1/json", { headers: { "if-none-match": etag, accept: msgpack } });
    expect(same.status).toBe(304);
    expect(same.headers.get("vary")).toBe("accept");
  });
});
