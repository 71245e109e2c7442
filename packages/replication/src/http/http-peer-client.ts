/** Speaks to the peer port of another node. */
import { Agent, request, type Dispatcher } from "undici";
import type { z } from "zod";

import { PeerError, PeerUnauthorizedError } from "../errors.ts";
import {
  catalogPath,
  catalogResponseSchema,
  pullHeaders,
  pullPath,
  pullResultSchema,
  refusalSchema,
  unauthorizedStatus,
  type CatalogRequest,
  type CatalogResponse,
  type PullRequest,
  type Refusal,
} from "../protocol/messages.ts";
import type { PeerClient, PullOutcome } from "../protocol/peer-transport.ts";

import {
  presumedSlowness,
  slownessAfter,
  wantsCompression,
  WaitAccount,
  type PeerCompression,
} from "./compression-choice.ts";
import { noCredentials, secretHeaders, type PeerCredentials } from "./credentials.ts";
import { decodedBytesAtMost, decompressedRecords, recordEncoding } from "./record-compression.ts";

/** Longer than any wait that a request asks for, so that only a dead peer runs into it. */
const silenceMs = 10_000;

export interface HttpPeerClientOptions {
  /** Whether pulls ask for compressed records. Default: `auto`. */
  readonly compression?: PeerCompression | undefined;
  /**
   * For how long this thread has done nothing but wait, since some moment in the past. Milliseconds. Default:
   * what its event loop says.
   */
  readonly waitedMs?: () => number;
}

export class HttpPeerClient implements PeerClient {
  readonly #url: string;
  #credentials: PeerCredentials;
  readonly #compression: PeerCompression;
  readonly #waits: WaitAccount;
  #agent: Agent;
  #slowness = presumedSlowness;

  /** `url`: the peer URL of the node. */
  constructor(
    url: string,
    credentials: PeerCredentials = noCredentials,
    { compression = "auto", waitedMs = idleMs }: HttpPeerClientOptions = {},
  ) {
    this.#url = url.replace(/\/+$/, "");
    this.#credentials = credentials;
    this.#compression = compression;
    this.#waits = new WaitAccount(waitedMs);
    this.#agent = agentOf(credentials);
  }

  /** Uses these from the next request on. */
  async renewCredentials(credentials: PeerCredentials): Promise<void> {
    const before = this.#agent;
    this.#credentials = credentials;
    this.#agent = agentOf(credentials);
    await before.close();
  }

  /** Throws PeerError where the leader is out of reach or does not speak the protocol. */
  async catalog(message: CatalogRequest, signal: AbortSignal): Promise<CatalogResponse> {
    const response = await this.#post(catalogPath, message, message.waitMs, signal);
    const body = await this.#json(response);
    if (response.statusCode !== 200) throw new PeerError(this.#refusal(body).message);
    return this.#parse(catalogResponseSchema, body);
  }

  /** Records and what the leader said of them, or why it refused. Throws PeerError. */
  async pull(message: PullRequest, signal: AbortSignal): Promise<PullOutcome> {
    const isWanted = wantsCompression(this.#compression, this.#slowness);
    const accepted = isWanted ? { "accept-encoding": recordEncoding } : {};
    const response = await this.#post(pullPath, message, message.waitMs, signal, accepted);
    if (response.statusCode !== 200) return { refusal: this.#refusal(await this.#json(response)) };
    const { headers } = response;
    const result = this.#parse(pullResultSchema, {
      epoch: headers[pullHeaders.epoch],
      nextOffset: headers[pullHeaders.nextOffset],
      highWatermark: headers[pullHeaders.highWatermark],
      endOffset: headers[pullHeaders.endOffset],
      purgeLimit: headers[pullHeaders.purgeLimit],
      purgeFloor: headers[pullHeaders.purgeFloor],
      compactedTo: headers[pullHeaders.compactedTo],
      round: headers[pullHeaders.round],
    });
    return { result, bytes: await this.#records(response, message.maxBytes) };
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #post(
    path: string,
    message: object,
    waitMs: number,
    signal: AbortSignal,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Dispatcher.ResponseData> {
    const response = await this.#attempt(() =>
      request(this.#url + path, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          ...secretHeaders(this.#credentials),
          ...headers,
        },
        body: JSON.stringify(message),
        dispatcher: this.#agent,
        headersTimeout: waitMs + silenceMs,
        bodyTimeout: silenceMs,
        signal,
      }),
    );
    if (response.statusCode !== unauthorizedStatus) return response;
    await this.#attempt(() => response.body.dump());
    throw new PeerUnauthorizedError(
      `the leader at ${this.#url} does not take the secret of this node: give both the same ` +
        "--peer-secret-file",
    );
  }

  /** The records of an answer to a pull that asked for `maxBytes`, as they stand in the leader's log. */
  async #records(
    response: Dispatcher.ResponseData,
    maxBytes: number,
  ): Promise<Buffer<ArrayBuffer>> {
    const { "content-encoding": encoding, "content-length": length } = response.headers;
    if (encoding === undefined) return Buffer.from(await this.#body(response));
    // Compressed records are fewer bytes than the records themselves.
    if (encoding !== recordEncoding || !(Number(length) < decodedBytesAtMost(maxBytes))) {
      await this.#attempt(() => response.body.dump());
      throw new PeerError(
        `the leader at ${this.#url} answers with ${String(length ?? "untold")} bytes of content-encoding ` +
          `${String(encoding)}, which a pull of ${maxBytes} bytes does not bring`,
      );
    }
    const body = await this.#body(response);
    try {
      return await decompressedRecords(new Uint8Array(body), maxBytes);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new PeerError(
        `the leader at ${this.#url} answers with compressed records that cannot be decoded: ${reason}`,
        { cause: error },
      );
    }
  }

  /** The body as it comes, by which it is seen how slow the way is. */
  async #body(response: Dispatcher.ResponseData): Promise<ArrayBuffer> {
    const waitedMs = this.#waits.begin();
    const body = await this.#attempt(() => response.body.arrayBuffer());
    this.#slowness = slownessAfter(this.#slowness, body.byteLength, waitedMs());
    return body;
  }

  async #json(response: Dispatcher.ResponseData): Promise<unknown> {
    const text = await this.#attempt(() => response.body.text());
    try {
      return JSON.parse(text);
    } catch (error) {
      throw this.#strangeAnswer(error);
    }
  }

  #refusal(body: unknown): Refusal {
    return this.#parse(refusalSchema, body);
  }

  #parse<Schema extends z.ZodType>(schema: Schema, value: unknown): z.infer<Schema> {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw this.#strangeAnswer(parsed.error);
  }

  #strangeAnswer(cause: unknown): PeerError {
    return new PeerError(
      `${this.#url} does not answer as a leader's peer port does: check the address`,
      { cause },
    );
  }

  async #attempt<Result>(call: () => Promise<Result>): Promise<Result> {
    try {
      return await call();
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const remedy = isDistrust(error) ? ". --tls-ca names who signed its certificate" : "";
      throw new PeerError(`the leader at ${this.#url} cannot be reached: ${reason}${remedy}`, {
        cause: error,
      });
    }
  }
}

const idleMs = (): number => performance.eventLoopUtilization().idle;

const agentOf = ({ authorities }: PeerCredentials): Agent =>
  new Agent({
    connect: { timeout: 3_000, ...(authorities === undefined ? {} : { ca: authorities }) },
    pipelining: 1,
  });

/** What says that nobody who is trusted here has signed a certificate. */
const distrustCodes: readonly unknown[] = [
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
];

const isDistrust = (error: unknown): boolean =>
  error instanceof Error && "code" in error && distrustCodes.includes(error.code);
