import type { PeerClient, PeerConnector } from "./protocol/peer-transport.ts";

/** The ways to other nodes, which the databases of a node share. */
export class PeerClients {
  readonly #connect: PeerConnector;
  readonly #clients = new Map<string, PeerClient>();

  constructor(connect: PeerConnector) {
    this.#connect = connect;
  }

  /** The way to the node that has this peer URL. */
  to(peerUrl: string): PeerClient {
    const known = this.#clients.get(peerUrl);
    if (known !== undefined) return known;
    const client = this.#connect(peerUrl);
    this.#clients.set(peerUrl, client);
    return client;
  }

  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.all(clients.map((client) => client.close()));
  }
}
