import type { Store } from "@boxerdb/engine";
import type { ReplicationNode } from "@boxerdb/replication";

import packageJson from "../../package.json" with { type: "json" };
import type { RefusalCounts } from "../http/refusal-counts.ts";
import type { RequestSlots } from "../http/request-slots.ts";
import type { TransferMemory } from "../http/transfer-memory.ts";

import { ConnectionMetrics } from "./connection-metrics.ts";
import { exposition } from "./exposition.ts";
import { GroupMetrics } from "./group-metrics.ts";
import { counter, gauge, single, type MetricFamily } from "./metric-family.ts";
import { processMetrics } from "./process-metrics.ts";
import { replicationFamilies } from "./replication-families.ts";
import { RequestMetrics } from "./request-metrics.ts";
import { storeFamilies } from "./store-families.ts";

/** What is asked for its state when metrics are wanted. */
export interface ObservedServer {
  readonly store: Store;
  readonly node: ReplicationNode;
  readonly refusals: RefusalCounts;
  readonly slots: RequestSlots;
  readonly transfers: TransferMemory;
}

/** All that is counted in a server while it runs, to be scraped by Prometheus. */
export class ServerMetrics {
  readonly requests = new RequestMetrics();
  readonly connections = new ConnectionMetrics();
  readonly groups = new GroupMetrics();
  readonly #process = processMetrics();

  /** The text that Prometheus scrapes: what was counted here, and the state of the server now. */
  async scrape({ store, node, refusals, slots, transfers }: ObservedServer): Promise<string> {
    const status = store.status();
    const families: readonly MetricFamily[] = [
      gauge(
        "boxerdb_build_info",
        "1; its labels tell what runs: the version of BoxerDB, of Node.js, and of the format on disk.",
        [
          {
            labels: {
              version: packageJson.version,
              node_version: process.version,
              format: status.format,
            },
            value: 1,
          },
        ],
      ),
      gauge(
        "boxerdb_node_info",
        "1; its labels tell which node this is, and which data directory it has.",
        [{ labels: { node: node.nodeId, role: node.role, store: status.id }, value: 1 }],
      ),
      gauge(
        "boxerdb_ready",
        "1 if /readyz answers 200, as long as the server is not being stopped: the node can do its " +
          "work, writes included on a leader. Else 0.",
        single(Number(node.readiness().ready)),
      ),
      ...this.requests.families(),
      counter(
        "boxerdb_http_refusals_total",
        "Requests that were answered with a problem, by its code, and connections that were cut. " +
          "Some are a matter of course, as precondition_failed is.",
        [...refusals.entries()].map(([code, value]) => ({ labels: { code }, value })),
      ),
      gauge(
        "boxerdb_http_request_slots_taken",
        "Requests that are under way, feeds and answers that clients are slow to take included. At " +
          "boxerdb_http_request_slots more are refused with 429.",
        single(slots.taken),
      ),
      gauge(
        "boxerdb_http_request_slots",
        "The most requests that may be under way at a time: --max-requests.",
        single(slots.limit),
      ),
      gauge(
        "boxerdb_http_transfer_held_bytes",
        "Memory of large bodies that are still arriving and of answers that are not taken yet. At " +
          "boxerdb_http_transfer_bytes more of them are refused with 429.",
        single(transfers.heldBytes),
      ),
      gauge(
        "boxerdb_http_transfer_bytes",
        "The most that they may take together: --transfer-bytes.",
        single(transfers.limitBytes),
      ),
      ...this.connections.families(),
      ...this.groups.families(status.databases.map(({ name }) => name)),
      ...storeFamilies(status),
      ...replicationFamilies(node.status()),
    ];
    return exposition(families) + (await this.#process.metrics());
  }
}
