/** Replication's way to its peers, over the simulated network: as over HTTP, nothing is shared by reference. */
import type { Clock } from "@boxerdb/engine";
import type { z } from "zod";

import { PeerError } from "../../src/errors.ts";
import {
  catalogPath,
  catalogRequestSchema,
  catalogResponseSchema,
  pullPath,
  pullRequestSchema,
  pullResultSchema,
  refusalSchema,
  refusalStatus,
  type CatalogRequest,
  type CatalogResponse,
  type PullRequest,
  type Refusal,
} from "../../src/protocol/messages.ts";
import type {
  PeerClient,
  PeerConnector,
  PeerService,
  PullOutcome,
} from "../../src/protocol/peer-transport.ts";
import type { SimulatedProcess } from "../time/simulated-process.ts";

import type { NetworkClient } from "./network-client.ts";
import type { Address, SimulatedNetwork } from "./simulated-network.ts";
import { ConnectionError, type Responder, type WireAnswer, type WireRequest } from "./wire.ts";

/** Longer than any wait that a request asks for, as with the client that ships. */
const silenceMs = 10_000;

const noBytes = new Uint8Array();

/** The URL by which nodes reach the peer port of a machine. */
export const peerUrlOf = (host: string): string => `http://${host}:7000`;

const addressOf = (peerUrl: string): Address => ({ host: new URL(peerUrl).hostname, port: "peer" });

export interface PeerEnd {
  readonly network: SimulatedNetwork;
  /** The name of the machine. */
  readonly host: string;
  readonly process: SimulatedProcess;
  readonly clock: Clock;
}

/** Has a process serve its peers. Returns how to stop that. */
export function servePeers({ network, host, process }: PeerEnd, service: PeerService): () => void {
  return network.listen(addressOf(peerUrlOf(host)), process, responderOf(service));
}

/** How a process reaches its peers. */
export const connectPeers =
  ({ network, host, process, clock }: PeerEnd): PeerConnector =>
  (peerUrl) =>
    new SimulatedPeerClient(peerUrl, network.client(host, process, clock, addressOf(peerUrl)));

function responderOf(service: PeerService): Responder {
  return async (request, connection) => {
    try {
      return await answer(service, request, connection);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return refused({ code: "unavailable", message });
    }
  };
}

async function answer(
  service: PeerService,
  { path, text }: WireRequest,
  connection: AbortSignal,
): Promise<WireAnswer> {
  if (path === catalogPath) {
    const request = catalogRequestSchema.safeParse(JSON.parse(text));
    if (!request.success) return refused({ code: "bad_request", message: request.error.message });
    return answered(await service.catalog(request.data, connection));
  }
  const request = pullRequestSchema.safeParse(JSON.parse(text));
  if (!request.success) return refused({ code: "bad_request", message: request.error.message });
  const outcome = await service.pull(request.data, connection);
  if ("refusal" in outcome) return refused(outcome.refusal);
  const inDigits = Object.entries(outcome.result).map(([name, value]) => [name, String(value)]);
  return answered(Object.fromEntries(inDigits), Uint8Array.from(outcome.bytes));
}

const answered = (message: unknown, bytes: Uint8Array = noBytes): WireAnswer => ({
  status: 200,
  text: JSON.stringify(message),
  bytes,
});

const refused = (refusal: Refusal): WireAnswer => ({
  status: refusalStatus[refusal.code],
  text: JSON.stringify(refusal),
  bytes: noBytes,
});

class SimulatedPeerClient implements PeerClient {
  readonly #url: string;
  readonly #client: NetworkClient;

  constructor(url: string, client: NetworkClient) {
    this.#url = url;
    this.#client = client;
  }

  async catalog(message: CatalogRequest, signal: AbortSignal): Promise<CatalogResponse> {
    const { status, text } = await this.#post(catalogPath, message, signal);
    if (status !== 200) throw new PeerError(this.#parse(refusalSchema, text).message);
    return this.#parse(catalogResponseSchema, text);
  }

  async pull(message: PullRequest, signal: AbortSignal): Promise<PullOutcome> {
    const { status, text, bytes } = await this.#post(pullPath, message, signal);
    if (status !== 200) return { refusal: this.#parse(refusalSchema, text) };
    return { result: this.#parse(pullResultSchema, text), bytes: Buffer.from(bytes) };
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  async #post(
    path: string,
    message: CatalogRequest | PullRequest,
    signal: AbortSignal,
  ): Promise<WireAnswer> {
    const timeoutMs = message.waitMs + silenceMs;
    try {
      return await this.#client.exchange(
        { path, text: JSON.stringify(message) },
        { timeoutMs, signal },
      );
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      throw new PeerError(`${this.#url} cannot be reached: ${error.message}`, { cause: error });
    }
  }

  #parse<Schema extends z.ZodType>(schema: Schema, text: string): z.infer<Schema> {
    const parsed = schema.safeParse(JSON.parse(text));
    if (parsed.success) return parsed.data;
    throw new PeerError(`${this.#url} does not answer as a peer does`, { cause: parsed.error });
  }
}
