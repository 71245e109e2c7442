import { once } from "node:events";
/** Requests whose end, or whose meaning, is in doubt: what smuggling and desynchronisation are made of. */
import { connect } from "node:net";

import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";

import { samplesOf } from "../prometheus-text.ts";

import {
  codeOf,
  requestHead,
  startAttackedServer,
  type AttackedServer,
} from "./attacked-server.ts";

let server: AttackedServer;
beforeAll(async () => {
  server = await startAttackedServer();
});
afterEach(() => server.expectUnharmed());
afterAll(() => server[Symbol.asyncDispose]());

const json = "Content-Type: application/json";
const body = '{"value":1}';
const chunk = `b\r\n${body}\r\n`;
const lastChunk = "0\r\n\r\n";
/** A put with these headers, followed by these bytes. */
const put = (bytes: string, ...headers: readonly string[]): string =>
  requestHead("PUT /api/v1/k", json, "Connection: close", ...headers) + bytes;
const chunked = (bytes: string): string => put(bytes, "Transfer-Encoding: chunked");
const get = (...headers: readonly string[]): string =>
  requestHead("GET /api/v1/ada", ...headers, "Connection: close");

describe("what can be read in two ways is refused", () => {
  test.each<[string, string]>([
    ["a negative length", put(body, "Content-Length: -1")],
    ["a length with a sign", put(body, "Content-Length: +11")],
    ["a length in hexadecimal", put(body, "Content-Length: 0xb")],
    ["a list of lengths", put(body, "Content-Length: 11, 11")],
    ["two lengths", put(body, "Content-Length: 11", "Content-Length: 11")],
    ["a length beyond all numbers", put(body, `Content-Length: ${"9".repeat(30)}`)],
    ["a length with a blank in it", put(body, "Content-Length: 1 1")],
    ["an empty length", put(body, "Content-Length:")],
    ["a length and chunks", put(chunk, "Content-Length: 5", "Transfer-Encoding: chunked")],
    ["chunks and a length", put(chunk, "Transfer-Encoding: chunked", "Content-Length: 5")],
    ["chunked twice", put(chunk, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked")],
    ["chunked twice in a list", put(chunk, "Transfer-Encoding: chunked, chunked")],
    ["chunked, then something else", put(chunk, "Transfer-Encoding: chunked, identity")],
    ["something else, then chunked", put(chunk + lastChunk, "Transfer-Encoding: gzip, chunked")],
    ["an unknown coding", put(chunk, "Transfer-Encoding: xchunked")],
    ["identity as a coding", put(body, "Transfer-Encoding: identity")],
    ["a parameter of chunked", put(chunk + lastChunk, "Transfer-Encoding: chunked;q=1")],
    ["quoted chunked", put(chunk + lastChunk, 'Transfer-Encoding: "chunked"')],
    ["a blank before the colon", put(chunk, "Transfer-Encoding : chunked")],
    ["a vertical tab before chunked", put(chunk, "Transfer-Encoding: \vchunked")],
    ["a folded coding", put(chunk, "Transfer-Encoding:\r\n chunked")],
    [
      "chunks in HTTP/1.0",
      put(chunk + lastChunk, "Transfer-Encoding: chunked").replace("/1.1", "/1.0"),
    ],
    ["a size that is no number", chunked(`zz\r\n${body}\r\n${lastChunk}`)],
    ["a size with a prefix", chunked(`0xb\r\n${body}\r\n${lastChunk}`)],
    ["a negative size", chunked(`-1\r\n${body}\r\n${lastChunk}`)],
    ["a size beyond all numbers", chunked(`${"f".repeat(17)}\r\n${body}`)],
    ["a chunk longer than its size", chunked(`3\r\n${body}\r\n${lastChunk}`)],
    ["a chunk without the end of its line", chunked(`b\r\n${body}${lastChunk}`)],
    ["a size that a line feed alone ends", chunked(`b\n${body}\r\n${lastChunk}`)],
    ["an extension without end", chunked(`b;${"x".repeat(100_000)}`)],
    ["a length among the trailers", chunked(`${chunk}0\r\nContent-Length: 5\r\n\r\n`)],
    ["a coding among the trailers", chunked(`${chunk}0\r\nTransfer-Encoding: chunked\r\n\r\n`)],
    ["two hosts", get("Host: localhost")],
    ["two hosts, one of them spelled in capitals", get("HOST: evil.example")],
    ["a folded header", get("X-Fold: a\r\n b")],
    ["a NUL in a header", get("X-Nul: a\0b")],
    ["a carriage return in a header", get("X-Return: a\rb")],
    ["a header name with a blank", get("X Name: a")],
    ["a header without a name", get(": a")],
    ["a header name that is not ASCII", get("X-\xff: a")],
    ["lines that line feeds alone end", get().replaceAll("\r\n", "\n")],
    ["a version that is none", get().replace("HTTP/1.1", "HTTP/1.x")],
    ["a later version", get().replace("HTTP/1.1", "HTTP/3.0")],
    ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
    ["a TLS hello", `\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03${"\0".repeat(600)}`],
    ["a method without end", get().replace("GET", "G".repeat(10_000))],
    ["an unknown method", get().replace("GET", "BREW")],
    ["a blank first", ` ${get()}`],
    ["a target that is only a star", get().replace("/api/v1/ada", "*")],
    ["a target of another scheme", get().replace("/api/v1/ada", "ftp://localhost/api/v1/ada")],
    [
      "a target of another scheme that names no key",
      get().replace("/api/v1/ada", "ftp://localhost/api/v1"),
    ],
    [
      "a target with an impossible port",
      requestHead("GET http://localhost:99999/api/v1", "Connection: close"),
    ],
  ])("%s", async (_, request) => {
    const answer = await server.send(Buffer.from(request, "latin1"));
    expect(answer.status).toBe(400);
    expect(codeOf(answer)).toBe("invalid_request");
    expect(answer.headers.get("connection")).toBe("close");
  });

  test.each<[string, string, number]>([
    ["headers without end", get(`X-Long: ${"x".repeat(100_000)}`), 431],
    ["thousands of headers", get(...Array.from({ length: 9_000 }, () => "a: b")), 431],
    ["thousands of trailers", chunked(`${chunk}0\r\n${"X-T: 1\r\n".repeat(10_000)}\r\n`), 431],
    ["a target without end", get().replace("ada", "a".repeat(100_000)), 431],
    ["a length of eight pebibytes", put(body, `Content-Length: ${2 ** 53}`), 413],
    ["another expectation", get("Expect: 200-ok"), 417],
    ["a host that is not ours", get().replace("localhost", "localhost@evil.example"), 421],
    ["an empty host", get().replace("localhost", ""), 421],
    ["a method that nothing has", get().replace("GET", "PROPFIND"), 405],
    ["an echo that no server should give", get().replace("GET", "TRACE"), 405],
  ])("%s", async (_, request, status) => {
    const answer = await server.send(request);
    expect(answer.status).toBe(status);
    codeOf(answer);
  });

  test("a tunnel is cut", async () => {
    const answer = await server.send(requestHead("CONNECT localhost:80"));
    expect(answer).toMatchObject({ status: Number.NaN, body: "" });
  });

  test("what is upgraded nowhere is answered as it is", async () => {
    const upgrade = ["Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AA=="];
    const answer = await server.send(
      requestHead("GET /api/v1/ada", "Connection: Upgrade, close", ...upgrade),
    );
    expect(answer).toMatchObject({ status: 200, body: '{"value":{"key":"ada"}}' });
  });
});

describe("of pipelined requests", () => {
  const keep = (line: string, ...headers: readonly string[]): string =>
    requestHead(line, ...headers);
  /** How many requests were refused as no valid HTTP. */
  const refusals = async (): Promise<number> => {
    const response = await fetch(`${server.running.url}/metrics`);
    const refused = samplesOf(await response.text()).find(
      ({ name, labels }) =>
        name === "boxerdb_http_refusals_total" && labels["code"] === "invalid_request",
    );
    return refused?.value ?? 0;
  };

  test("hundreds are answered, and what is no HTTP after them", async () => {
    const gets = keep("GET /api/v1/ada").repeat(500);
    const { body } = await server.send(`${gets}garbage\r\n\r\n`);
    expect(body.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(499);
    expect(body.match(/HTTP\/1\.1 400 Bad Request/g)).toHaveLength(1);
  });

  test.each<[string, string]>([
    ["no HTTP", "garbage\r\n\r\n"],
    [
      "a request that breaks off in a bad chunk",
      keep("PUT /api/v1/k", json, "Transfer-Encoding: chunked") + "zz\r\n",
    ],
    ["bad headers", "GET / HTTP/1.1\r\nbad header\r\n\r\n"],
  ])("a slow one is answered before %s after it is refused", async (_, bad) => {
    // It waits for an offset that does not come, as a write waits for its disk.
    const slow = keep("GET /api/v1/ada?wait=1", "BoxerDB-Min-Offset: 999");
    const { status, body } = await server.send(slow + bad);
    expect(status).toBe(503);
    expect(body).toMatch(/offset_not_reached.*HTTP\/1\.1 400 /s);
  });

  test("no HTTP in many parts is refused once, after the answer before it", async () => {
    const before = await refusals();
    const socket = connect(server.port, "127.0.0.1").setNoDelay();
    let heard = "";
    socket.on("data", (data: Buffer) => (heard += data.toString()));
    socket.write(keep("GET /api/v1/ada?wait=1", "BoxerDB-Min-Offset: 999"));
    // The server reads each part by itself where the one before has been sent in full.
    for (let part = 0; part < 20 && !socket.destroyed; part++) {
      await new Promise((sent) => socket.write("garbage\r\n\r\n", sent));
      await new Promise((resume) => setImmediate(resume));
    }
    await once(socket, "close");
    expect(heard.match(/HTTP\/1\.1 \d+/g)).toEqual(["HTTP/1.1 503", "HTTP/1.1 400"]);
    expect((await refusals()) - before).toBe(1);
  });

  test("nothing is answered to the rest of one that has its answer", async () => {
    const socket = connect(server.port, "127.0.0.1");
    let heard = "";
    socket.on("data", (data: Buffer) => (heard += data.toString()));
    socket.write(keep("GET /api/v1/ada", "Transfer-Encoding: chunked") + "5\r\nhello");
    await expect.poll(() => heard).toContain('{"value":{"key":"ada"}}');
    socket.write("this is no end of a chunk");
    await once(socket, "close");
    expect(heard.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });
});
