import type { Clock } from "@boxerdb/engine";

import type { SimulatedConnection } from "./simulated-connection.ts";
import { ConnectionError, type WireAnswer, type WireRequest } from "./wire.ts";

/** After so long without an answer a connection is not going to be made. */
const connectTimeoutMs = 3_000;

export interface NetworkClientOptions {
  readonly clock: Clock;
  /** `onClosed` is called when this end learns that the connection is over. */
  readonly connect: (onClosed: () => void) => SimulatedConnection;
}

export interface ExchangeOptions {
  /** How long to wait for the answer, by the clock of this end. */
  readonly timeoutMs: number;
  /** Gives the call up when it is aborted. Default: nothing does. */
  readonly signal?: AbortSignal;
}

/** Calls to one address. Connections are kept for the next call, as many as calls go on at a time. */
export class NetworkClient {
  readonly #options: NetworkClientOptions;
  readonly #connections = new Set<SimulatedConnection>();
  #isClosed = false;

  constructor(options: NetworkClientOptions) {
    this.#options = options;
  }

  /** Rejects with ConnectionError. */
  async exchange(
    request: WireRequest,
    { timeoutMs, signal }: ExchangeOptions,
  ): Promise<WireAnswer> {
    if (this.#isClosed) throw new ConnectionError("the client was closed", false);
    if (signal?.aborted === true) throw new ConnectionError("the call was aborted", false);
    const { clock } = this.#options;
    const connection = this.#idleConnection() ?? this.#connect();
    const timers = [clock.after(timeoutMs, () => connection.closeByClient("no answer in time"))];
    if (!connection.isEstablished) {
      timers.push(
        clock.after(connectTimeoutMs, () => {
          if (!connection.isEstablished) connection.closeByClient("no connection in time");
        }),
      );
    }
    const abort = (): void => connection.closeByClient("the call was aborted");
    signal?.addEventListener("abort", abort);
    try {
      return await connection.exchange(request);
    } finally {
      for (const timer of timers) timer.cancel();
      signal?.removeEventListener("abort", abort);
    }
  }

  /** Gives up all connections; calls that go on are rejected. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#connections) connection.closeByClient("the client was closed");
  }

  #idleConnection(): SimulatedConnection | undefined {
    for (const connection of this.#connections) {
      if (connection.isIdle) return connection;
    }
    return undefined;
  }

  #connect(): SimulatedConnection {
    const connection: SimulatedConnection = this.#options.connect(() =>
      this.#connections.delete(connection),
    );
    this.#connections.add(connection);
    return connection;
  }
}
