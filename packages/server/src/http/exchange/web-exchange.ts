import { GatheredBytes } from "../../documents/gathered-bytes.ts";
import { ProblemError } from "../problem.ts";
import { requestIdHeader } from "../request-id.ts";
import { requestTarget, type Bindings, type RequestTarget } from "../request-target.ts";
import { shortBytes, type TransferMemory } from "../transfer-memory.ts";
import type { UnhurriedBodies } from "../unhurried-bodies.ts";

import { bodyBytes, type Answer } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { incompleteBody, tooLargeBody } from "./request-body.ts";

/** What bounds the bodies of all requests together. */
export interface BodyBounds {
  readonly transfers: TransferMemory;
  readonly unhurried: UnhurriedBodies;
}

/** A request as the web's `Request`, which is how Hono hands it over. */
export class WebExchange implements Exchange {
  readonly target: RequestTarget;
  readonly requestId: string | undefined;
  readonly #request: Request;
  readonly #incoming: object | undefined;
  readonly #transfers: TransferMemory | undefined;
  readonly #unhurried: UnhurriedBodies | undefined;
  #isBodyTaken = false;

  /** @param bounds of bodies: of their memory while they arrive, and of their time; undefined for none */
  constructor(request: Request, bindings: Bindings | undefined, bounds?: BodyBounds) {
    this.#request = request;
    this.#incoming = bindings?.incoming;
    this.#transfers = bounds?.transfers;
    this.#unhurried = bounds?.unhurried;
    this.target = requestTarget(request, bindings);
    this.requestId = bindings?.outgoing?.getHeader(requestIdHeader)?.toString();
  }

  get method(): string {
    return this.#request.method;
  }

  get closed(): AbortSignal {
    return this.#request.signal;
  }

  header(name: string): string | undefined {
    return this.#request.headers.get(name) ?? undefined;
  }

  headers(): Iterable<readonly [string, string]> {
    return this.#request.headers.entries();
  }

  get isBodyTaken(): boolean {
    return this.#isBodyTaken;
  }

  async readBody(limitBytes: number): Promise<Uint8Array> {
    this.#isBodyTaken = true;
    const declared = this.header("content-length");
    if (declared === undefined) return this.#readAtMost(limitBytes);
    if (Number(declared) > limitBytes) throw tooLargeBody(limitBytes);
    if (Number(declared) > shortBytes) return this.#readAtMost(limitBytes);
    try {
      // A declared length holds: the HTTP parser ends the body there, or the request fails.
      return new Uint8Array(await this.#request.arrayBuffer());
    } catch (cause) {
      throw incompleteBody(cause);
    }
  }

  bodyChunks(signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    this.#isBodyTaken = true;
    const late = this.#incoming === undefined ? undefined : this.#unhurried?.admit(this.#incoming);
    const signals = [signal, late].filter((given) => given !== undefined);
    return this.#chunks(signals.length === 0 ? undefined : AbortSignal.any(signals));
  }

  async *#chunks(signal?: AbortSignal): AsyncGenerator<Uint8Array, void, void> {
    const { body } = this.#request;
    if (body === null) return;
    signal?.throwIfAborted();
    const reader = body.getReader();
    // A read that is under way is rejected by this. To cancel the body instead would cut the connection
    // before the answer to the request.
    const abandon = (): void => reader.releaseLock();
    signal?.addEventListener("abort", abandon);
    let isOver = false;
    try {
      while (!isOver) {
        signal?.throwIfAborted();
        const { done, value } = await reader.read();
        isOver = done;
        if (value !== undefined) yield value;
      }
    } catch (cause) {
      isOver = true;
      signal?.throwIfAborted();
      throw cause instanceof ProblemError ? cause : incompleteBody(cause);
    } finally {
      signal?.removeEventListener("abort", abandon);
      if (!isOver && signal?.aborted !== true) await reader.cancel();
    }
  }

  async #readAtMost(limitBytes: number): Promise<Uint8Array> {
    const body = new GatheredBytes();
    let heldBytes = 0;
    try {
      for await (const chunk of this.#chunks()) {
        if (body.length + chunk.length > limitBytes) throw tooLargeBody(limitBytes);
        body.add(chunk);
        const { allocatedBytes } = body;
        if (allocatedBytes <= shortBytes || allocatedBytes === heldBytes) continue;
        this.#transfers?.hold(allocatedBytes - heldBytes);
        heldBytes = allocatedBytes;
      }
      return body.take();
    } finally {
      this.#transfers?.release(heldBytes);
    }
  }
}

/**
 * The answer as a `Response`; to `HEAD` without the body, of which the length is told.
 *
 * @param sendLater takes a body that comes over time, so that the `Response` is the head alone
 */
export function toResponse(
  method: string,
  { status, headers, body }: Answer,
  sendLater?: Bindings["sendLater"],
): Response {
  if (method === "HEAD") {
    const bytes = bodyBytes(body);
    const length = bytes === undefined || bytes === 0 ? {} : { "content-length": String(bytes) };
    return new Response(null, { status, headers: { ...headers, ...length } });
  }
  if (sendLater === undefined || !isParts(body)) {
    return new Response(webBody(body), { status, headers });
  }
  sendLater(body);
  return new Response(null, { status, headers });
}

function webBody(
  body: Answer["body"],
): string | Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null {
  if (body === undefined) return null;
  if (typeof body === "string") return body;
  return isParts(body) ? ReadableStream.from(body) : Buffer.from(body);
}

const isParts = (body: Answer["body"]): body is AsyncIterable<Uint8Array> =>
  typeof body === "object" && !(body instanceof Uint8Array);
