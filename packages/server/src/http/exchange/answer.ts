import type { Exchange } from "./exchange.ts";

/** What a request is answered with, before it is put on the wire. */
export interface Answer {
  readonly status: number;
  /** By their names in small letters. `content-length` comes by itself where the body is at hand. */
  readonly headers: Readonly<Record<string, string>>;
  /** Parts that come over time are sent as they come, no faster than the client takes them. */
  readonly body: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
}

/** Answers a request, or throws what is told as a problem. `HEAD` is asked as `GET` is. */
export type Handler = (exchange: Exchange) => Answer | Promise<Answer>;

/** The length of a body that is at hand, in bytes; undefined of one that comes over time. */
export function bodyBytes(body: Answer["body"]): number | undefined {
  if (body === undefined) return 0;
  if (typeof body === "string") return Buffer.byteLength(body);
  return body instanceof Uint8Array ? body.byteLength : undefined;
}
