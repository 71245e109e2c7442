import { promisify } from "node:util";
import { brotliDecompress, gunzip } from "node:zlib";

import { expect, test } from "vitest";

import type { Answer } from "../exchange/answer.ts";
import { WebExchange } from "../exchange/web-exchange.ts";

import { UnchangingContent } from "./unchanging-content.ts";

const text = "All work and no play makes Jack a dull boy. ".repeat(100);
const content = () => new UnchangingContent(() => Promise.resolve(Buffer.from(text)), "text/plain");

const ask = (asked: UnchangingContent, headers: Readonly<Record<string, string>> = {}) =>
  asked.answer(new WebExchange(new Request("http://localhost/", { headers }), undefined));

const bytesOf = ({ body }: Answer): Uint8Array => {
  if (body instanceof Uint8Array) return body;
  throw new Error("the body should be at hand");
};

test("is sent as it is to whoever asks for nothing else", async () => {
  const answer = await ask(content());
  expect(answer).toMatchObject({ status: 200, headers: { "content-type": "text/plain" } });
  expect(answer.headers).not.toHaveProperty("content-encoding");
  expect(Buffer.from(bytesOf(answer)).toString()).toBe(text);
});

test.each([
  ["br", promisify(brotliDecompress)],
  ["gzip", promisify<Uint8Array, Uint8Array>(gunzip)],
] as const)("is sent by %s to whoever takes it", async (encoding, decode) => {
  const answer = await ask(content(), { "accept-encoding": encoding });
  expect(answer.headers).toMatchObject({ "content-encoding": encoding, vary: "accept-encoding" });
  expect(bytesOf(answer).byteLength).toBeLessThan(text.length / 10);
  expect(Buffer.from(await decode(bytesOf(answer))).toString()).toBe(text);
});

test.each([
  ["gzip, deflate, br, zstd", "br"],
  ["gzip;q=0.5, br;q=0", "gzip"],
  ["zstd", undefined],
  ["br;q=0, *;q=0.5", "gzip"],
])("to whoever takes %s it is sent by %s", async (accepted, encoding) => {
  const { headers } = await ask(content(), { "accept-encoding": accepted });
  expect(headers["content-encoding"]).toBe(encoding);
});

test("is not sent again to whoever has it, in the encoding that they would get", async () => {
  const asked = content();
  const { headers } = await ask(asked, { "accept-encoding": "gzip" });
  const { etag = "" } = headers;
  const again = { "accept-encoding": "gzip", "if-none-match": `"other", ${etag}` };
  expect(await ask(asked, again)).toMatchObject({
    status: 304,
    headers: { etag },
    body: undefined,
  });
  expect(await ask(asked, { "if-none-match": "*" })).toMatchObject({ status: 304 });
  expect(await ask(asked, { "if-none-match": etag })).toMatchObject({ status: 200 });
  expect(await ask(asked, { "if-none-match": "malformed" })).toMatchObject({ status: 200 });
});

test("is loaded once, and again after a failure", async () => {
  const loads: (() => Promise<Uint8Array>)[] = [
    () => Promise.reject(new Error("EMFILE")),
    () => Promise.resolve(Buffer.from(text)),
  ];
  const asked = new UnchangingContent(
    () => loads.shift()?.() ?? Promise.reject(new Error("loaded too often")),
    "text/plain",
  );
  await expect(ask(asked)).rejects.toThrow("EMFILE");
  for (const encoding of ["identity", "gzip", "br", "gzip"]) {
    expect(await ask(asked, { "accept-encoding": encoding })).toMatchObject({ status: 200 });
  }
});
