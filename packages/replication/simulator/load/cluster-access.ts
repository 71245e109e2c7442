import type { Clock } from "@boxerdb/engine";

import type { NetworkClient } from "../network/network-client.ts";
import type { SimulatedNetwork } from "../network/simulated-network.ts";
import { ConnectionError } from "../network/wire.ts";
import type { SimulatedProcess } from "../time/simulated-process.ts";

import {
  clientAnswerSchema,
  clientRequestSchema,
  type ClientAnswer,
  type ClientRequest,
} from "./client-protocol.ts";

/** How one client reaches the nodes of a cluster. */
export interface ClusterAccess {
  readonly nodes: readonly string[];
  /** Never rejects: what cannot be reached refuses, what breaks under way is unknown. */
  call(node: string, request: ClientRequest): Promise<ClientAnswer>;
}

/** After so long a client gives a call up. */
const clientTimeoutMs = 15_000;

/** What clients are answered where a node serves them. Must not reject. */
export type ClientService = (request: ClientRequest) => Promise<ClientAnswer>;

const publicAddress = (host: string) => ({ host, port: "public" });

/** Has a process serve clients. Returns how to stop that. */
export function serveClients(
  network: SimulatedNetwork,
  host: string,
  process: SimulatedProcess,
  service: ClientService,
): () => void {
  return network.listen(publicAddress(host), process, async ({ text }) => {
    const answer = await service(clientRequestSchema.parse(JSON.parse(text)));
    return { status: 200, text: JSON.stringify(answer), bytes: new Uint8Array() };
  });
}

export interface NetworkAccessOptions {
  readonly network: SimulatedNetwork;
  readonly nodes: readonly string[];
  /** The name of the machine that the client runs on. */
  readonly host: string;
  readonly process: SimulatedProcess;
  readonly clock: Clock;
}

/** The way over the simulated network. */
export class NetworkAccess implements ClusterAccess {
  readonly nodes: readonly string[];
  readonly #clients: ReadonlyMap<string, NetworkClient>;

  constructor({ network, nodes, host, process, clock }: NetworkAccessOptions) {
    this.nodes = nodes;
    this.#clients = new Map(
      nodes.map((node) => [node, network.client(host, process, clock, publicAddress(node))]),
    );
  }

  async call(node: string, request: ClientRequest): Promise<ClientAnswer> {
    const client = this.#clients.get(node);
    if (client === undefined) return { kind: "refused", code: "NO_SUCH_NODE" };
    const wire = { path: "/", text: JSON.stringify(request) };
    try {
      const { text } = await client.exchange(wire, { timeoutMs: clientTimeoutMs });
      return clientAnswerSchema.parse(JSON.parse(text));
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
      return { kind: error.mayBeDone ? "unknown" : "refused", code: error.message };
    }
  }
}
