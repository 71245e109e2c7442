import { buffer } from "node:stream/consumers";
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from "node:zlib";

import { expect, test } from "vitest";

import { compressed } from "./compressed.ts";
import type { Answer } from "./exchange/answer.ts";
import { WebExchange } from "./exchange/web-exchange.ts";

const text = JSON.stringify(Array.from({ length: 500 }, (_, n) => ({ n, name: `name ${n}` })));

const answer = (body: Answer["body"], headers: Record<string, string> = {}): Answer => ({
  status: 200,
  headers: { "content-type": "application/json", ...headers },
  body,
});

/** What a handler's answer becomes for a client that takes these encodings. */
async function sent(given: Answer, accepted: string | undefined): Promise<Answer> {
  const { GET } = compressed({ path: "/", handlers: { GET: () => given } }).handlers;
  if (GET === undefined) throw new Error("there is no handler");
  const headers: Record<string, string> =
    accepted === undefined ? {} : { "accept-encoding": accepted };
  return await GET(new WebExchange(new Request("http://localhost/", { headers }), undefined));
}

async function bytesOf({ body }: Answer): Promise<Buffer> {
  if (body === undefined || typeof body === "string") return Buffer.from(body ?? "");
  return body instanceof Uint8Array ? Buffer.from(body) : await buffer(body);
}

async function* parts(): AsyncGenerator<Uint8Array, void, void> {
  for (let start = 0; start < text.length; start += 1000) {
    yield Buffer.from(text.slice(start, start + 1000));
  }
}

const decoders = [
  ["zstd", zstdDecompressSync],
  ["br", brotliDecompressSync],
  ["gzip", gunzipSync],
] as const;

test.each(decoders)("%s: a body at hand, and one that comes in parts", async (encoding, decode) => {
  for (const body of [text, Buffer.from(text), parts()]) {
    const told = await sent(answer(body), `${encoding}, deflate`);
    expect(told.headers).toMatchObject({ "content-encoding": encoding, vary: "accept-encoding" });
    const bytes = await bytesOf(told);
    expect(bytes.byteLength).toBeLessThan(text.length / 2);
    expect(decode(bytes).toString()).toBe(text);
  }
});

test("what is cheapest for us is chosen of what a client likes as well", async () => {
  const chosen = async (accepted: string) =>
    (await sent(answer(text), accepted)).headers["content-encoding"];
  expect(await chosen("gzip, deflate, br, zstd")).toBe("zstd");
  expect(await chosen("gzip, deflate, br")).toBe("br");
  expect(await chosen("gzip;q=1, br;q=0.5")).toBe("gzip");
});

test.each([
  ["for a client that takes nothing of it", answer(text), "deflate, identity"],
  ["for a client that says nothing", answer(text), undefined],
  ["a short body", answer("x".repeat(1023)), "gzip"],
  ["what has a strong ETag", answer(text, { etag: '"41"' }), "gzip"],
  ["what is encoded", answer(text, { "content-encoding": "br" }), "gzip"],
  ["a feed that lasts", answer(parts(), { "cache-control": "no-store, no-transform" }), "gzip"],
  ["a problem", { ...answer(text), status: 400 }, "gzip"],
])("not compressed: %s", async (_, given, accepted) => {
  const told = await sent(given, accepted);
  expect(told.body).toBe(given.body);
  expect(told.headers["content-encoding"]).toBe(given.headers["content-encoding"]);
});

test("caches are told that it depends, also where it was not compressed", async () => {
  const told = await sent(answer(text, { vary: "accept" }), "identity");
  expect(told.headers["vary"]).toBe("accept, accept-encoding");
});

test("what goes wrong with a part is thrown to the reader", async () => {
  async function* broken(): AsyncGenerator<Uint8Array, void, void> {
    yield Buffer.from(text);
    throw new Error("the disk is gone");
  }
  await expect(bytesOf(await sent(answer(broken()), "gzip"))).rejects.toThrow("the disk is gone");
});

test("nothing is begun before it is read, and a reader that leaves ends it, also while it waits", async () => {
  const called: string[] = [];
  const body: AsyncIterableIterator<Uint8Array> = {
    [Symbol.asyncIterator]: () => body,
    next: () => {
      called.push("next");
      return new Promise(() => {});
    },
    return: () => {
      called.push("return");
      return Promise.resolve({ done: true, value: undefined });
    },
  };
  const told = await sent(answer(body), "zstd");
  if (told.body === undefined || typeof told.body === "string" || told.body instanceof Uint8Array) {
    throw new Error("the body is at hand");
  }
  expect(called).toEqual([]);
  const reader = told.body[Symbol.asyncIterator]();
  const waiting = reader.next();
  await expect.poll(() => called).toEqual(["next"]);
  await reader.return?.();
  await expect(waiting).rejects.toMatchObject({ code: "ERR_STREAM_PREMATURE_CLOSE" });
  await expect.poll(() => called).toEqual(["next", "return"]);
});
