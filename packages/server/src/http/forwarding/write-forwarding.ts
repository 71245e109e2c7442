import { NoLeaderError } from "@boxerdb/replication";

import type { Answer } from "../exchange/answer.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { tooLargeBody } from "../exchange/request-body.ts";
import { shortBytes } from "../transfer-memory.ts";

import { requestHeaders } from "./forwarded-headers.ts";
import { LeaderConnections } from "./leader-connections.ts";
import { exchangeWithLeader, type ForwardingTimes, type HandedOn } from "./leader-exchange.ts";

export interface WriteForwardingOptions {
  /** The name of this node. */
  readonly nodeId: string;
  /** Where clients reach this node: it hands nothing on to itself. */
  readonly publicUrl: string;
  /** Who signs the certificates of leaders, in PEM. Undefined: whom Node.js trusts. */
  readonly authorities: string | undefined;
  readonly times?: ForwardingTimes;
}

/** What is handed on to whom. */
export interface ForwardingTerms {
  /** As the cluster tells it; undefined where it does not. */
  readonly leaderUrl: string | undefined;
  readonly database: string;
  /** The longest body that is taken. */
  readonly limitBytes: number;
}

const defaultTimes: ForwardingTimes = { connectMs: 3_000, silenceMs: 60_000 };

/**
 * Hands writes on that came to a node which does not lead, and hands back what the leader answers. Where
 * the leader is, the node knows from the cluster, and from nobody else.
 */
export class WriteForwarding {
  readonly #options: WriteForwardingOptions;
  readonly #connections: LeaderConnections;

  constructor(options: WriteForwardingOptions) {
    this.#options = options;
    this.#connections = new LeaderConnections(options.authorities);
  }

  /** Trusts these from the next connection on. */
  renewAuthorities(authorities: string | undefined): void {
    this.#connections.renewAuthorities(authorities);
  }

  /**
   * The answer of a leader to a request whose body nobody has read. Rejects as `exchangeWithLeader` does, and
   * with NoLeaderError where the leader is not known, ProblemError (too_large) beyond `limitBytes`.
   */
  async forward(
    exchange: Exchange,
    { leaderUrl, database, limitBytes }: ForwardingTerms,
  ): Promise<Answer> {
    const { nodeId, publicUrl, times = defaultTimes } = this.#options;
    if (leaderUrl === undefined || leaderUrl === publicUrl) throw new NoLeaderError(database);
    const { method, target, requestId, closed } = exchange;
    const { path, query } = target;
    const body = await bodyOf(exchange, limitBytes);
    const request = this.#connections.begin(new URL(leaderUrl), {
      method,
      path: query === undefined ? path : `${path}?${query}`,
      headers: requestHeaders(exchange.headers(), { nodeId, requestId }),
    });
    return exchangeWithLeader({ database, request, body, closed, times });
  }

  close(): void {
    this.#connections.close();
  }
}

/**
 * A short body is all here before anything is sent, so that one that breaks off leaves no doubt. One that
 * is too long is refused here: of a leader that closes the connection on it the answer may be lost.
 */
async function bodyOf(exchange: Exchange, limitBytes: number): Promise<HandedOn["body"]> {
  const length = exchange.header("content-length");
  if (length === undefined && exchange.header("transfer-encoding") === undefined) return undefined;
  if (Number(length ?? 0) > limitBytes) throw tooLargeBody(limitBytes);
  if (length === undefined || Number(length) > shortBytes) {
    return (signal) => atMost(exchange.bodyChunks(signal), limitBytes);
  }
  return Number(length) === 0 ? undefined : exchange.readBody(shortBytes);
}

async function* atMost(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
): AsyncGenerator<Uint8Array, void, void> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.byteLength;
    if (bytes > limitBytes) throw tooLargeBody(limitBytes);
    yield chunk;
  }
}
