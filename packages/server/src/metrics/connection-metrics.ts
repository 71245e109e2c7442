import type { Socket } from "node:net";

import { counter, gauge, single, type MetricFamily } from "./metric-family.ts";

/** Counts the connections of clients, and what comes and goes by them. Costs nothing within a connection. */
export class ConnectionMetrics {
  readonly #open = new Set<Socket>();
  #accepted = 0;
  /** Of connections that are closed. */
  #receivedBytes = 0;
  #sentBytes = 0;

  /** To be called for each connection that was accepted. */
  opened(socket: Socket): void {
    this.#accepted++;
    this.#open.add(socket);
    socket.once("close", () => {
      this.#open.delete(socket);
      this.#receivedBytes += socket.bytesRead;
      this.#sentBytes += socket.bytesWritten;
    });
  }

  families(): readonly MetricFamily[] {
    let receivedBytes = this.#receivedBytes;
    let sentBytes = this.#sentBytes;
    for (const socket of this.#open) {
      receivedBytes += socket.bytesRead;
      sentBytes += socket.bytesWritten;
    }
    return [
      gauge(
        "boxerdb_http_connections",
        "Connections of clients that are open, idle ones included.",
        single(this.#open.size),
      ),
      counter(
        "boxerdb_http_connections_total",
        "Connections of clients that were accepted. A rate near that of requests means that clients " +
          "do not keep their connections, which costs both sides.",
        single(this.#accepted),
      ),
      counter(
        "boxerdb_http_received_bytes_total",
        "Bytes that clients have sent, headers included.",
        single(receivedBytes),
      ),
      counter(
        "boxerdb_http_sent_bytes_total",
        "Bytes that were sent to clients, headers included.",
        single(sentBytes),
      ),
    ];
  }
}
