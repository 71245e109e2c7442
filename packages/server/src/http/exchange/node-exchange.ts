import type { IncomingMessage, ServerResponse } from "node:http";

import { GatheredBytes } from "../../documents/gathered-bytes.ts";
import type { RequestTarget } from "../request-target.ts";

import type { Exchange } from "./exchange.ts";
import { incompleteBody, tooLargeBody } from "./request-body.ts";

/** A request as Node's server hands it over, without a detour over the web's `Request`. */
export class NodeExchange implements Exchange {
  readonly method: string;
  readonly target: RequestTarget;
  readonly requestId: string;
  readonly #incoming: IncomingMessage;
  readonly #outgoing: ServerResponse;
  #isBodyTaken = false;

  constructor(
    incoming: IncomingMessage,
    outgoing: ServerResponse,
    target: RequestTarget,
    requestId: string,
  ) {
    this.method = incoming.method ?? "";
    this.target = target;
    this.requestId = requestId;
    this.#incoming = incoming;
    this.#outgoing = outgoing;
  }

  get closed(): AbortSignal {
    const closing = new AbortController();
    if (this.#outgoing.closed) closing.abort();
    else this.#outgoing.once("close", () => closing.abort());
    return closing.signal;
  }

  header(name: string): string | undefined {
    const value = this.#incoming.headers[name];
    return Array.isArray(value) ? value.join(", ") : value;
  }

  *headers(): Generator<readonly [string, string], void, void> {
    for (const name of Object.keys(this.#incoming.headers)) {
      const value = this.header(name);
      if (value !== undefined) yield [name, value];
    }
  }

  get isBodyTaken(): boolean {
    return this.#isBodyTaken;
  }

  readBody(limitBytes: number): Promise<Uint8Array> {
    this.#isBodyTaken = true;
    const incoming = this.#incoming;
    return new Promise((resolve, reject) => {
      if (Number(this.header("content-length") ?? 0) > limitBytes) {
        reject(tooLargeBody(limitBytes));
        return;
      }
      if (incoming.destroyed && !incoming.complete) {
        reject(incompleteBody());
        return;
      }
      const body = new GatheredBytes();
      incoming.on("data", (chunk: Buffer) => {
        if (body.length + chunk.length > limitBytes) {
          incoming.pause();
          reject(tooLargeBody(limitBytes));
        } else body.add(chunk);
      });
      incoming.on("end", () => resolve(body.take()));
      incoming.on("error", (cause) => reject(incompleteBody(cause)));
      incoming.on("close", () => {
        // It also closes after its end, and an error is not made for nothing: its stack is dear.
        if (!incoming.complete) reject(incompleteBody());
      });
    });
  }

  async *bodyChunks(signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    this.#isBodyTaken = true;
    signal?.throwIfAborted();
    const incoming = this.#incoming;
    const abandon = (): void => void incoming.destroy();
    signal?.addEventListener("abort", abandon);
    try {
      for await (const chunk of incoming) yield chunk;
    } catch (cause) {
      signal?.throwIfAborted();
      throw incompleteBody(cause);
    } finally {
      signal?.removeEventListener("abort", abandon);
    }
  }
}
