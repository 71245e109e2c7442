import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

import {
  LeaseLostError,
  type ConfigurationManager,
  type MemoryConfiguration,
  type NodeLease,
} from "@boxerdb/replication";

import {
  callPath,
  callSchema,
  hintsPath,
  leaseLostStatus,
  sentView,
  type Call,
} from "./configuration-messages.ts";

/**
 * A configuration manager in memory, for nodes in processes of their own: over HTTP, on the loopback address,
 * without any secret. For tests; what it holds ends with this process.
 */
export class ConfigurationServer implements AsyncDisposable {
  /** What no caller should have asked for: the mistakes of the nodes that were noticed here. */
  readonly violations: Error[] = [];
  readonly #manager: ConfigurationManager;
  readonly #leases = new Map<string, NodeLease>();
  readonly #server: Server;

  private constructor(configuration: MemoryConfiguration) {
    this.#manager = configuration.connect();
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  /** Resolves when it listens. */
  static async start(configuration: MemoryConfiguration): Promise<ConfigurationServer> {
    const started = new ConfigurationServer(configuration);
    started.#server.listen(0, "127.0.0.1");
    await once(started.#server, "listening");
    return started;
  }

  get url(): string {
    const address = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${address.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#manager.close();
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, "close");
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.url === hintsPath) {
      this.#hint(response);
      return;
    }
    const answer = await this.#outcome(request);
    response.writeHead(answer.status, { "content-type": "application/json" });
    response.end(JSON.stringify(answer.body));
  }

  #hint(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "text/plain" });
    const stop = this.#manager.watch(() => response.write("."));
    response.on("close", stop);
    response.write(".");
  }

  async #outcome(request: IncomingMessage): Promise<{ status: number; body: unknown }> {
    if (request.url !== callPath) return { status: 404, body: {} };
    try {
      return { status: 200, body: await this.#done(callSchema.parse(await json(request))) };
    } catch (error) {
      if (error instanceof LeaseLostError) return { status: leaseLostStatus, body: {} };
      // A caller that was killed while it asked has done nothing wrong.
      if (error instanceof Error && !request.destroyed) this.violations.push(error);
      return { status: 500, body: { message: String(error) } };
    }
  }

  async #done(call: Call): Promise<unknown> {
    switch (call.call) {
      case "read":
        return sentView(await this.#manager.read());
      case "compareAndSet":
        return this.#manager.compareAndSet(call.name, call.expected, call.next);
      case "register": {
        const lease = randomUUID();
        this.#leases.set(lease, await this.#manager.register(call.node, call.ttlMs));
        return { lease };
      }
      case "renew":
        await this.#leases.get(call.lease)?.renew();
        return {};
      case "release":
        await this.#leases.get(call.lease)?.release();
        return {};
    }
  }
}
