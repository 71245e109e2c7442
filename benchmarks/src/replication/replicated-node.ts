import type { NodeOptions } from "@boxerdb/replication";

/** The database that is written and copied. */
export const databaseName = "bench";

const silent = (): void => {};

/** What all nodes of these benchmarks have in common: as shipped, on the loopback interface. */
export const replicatedNode = {
  peerHost: "127.0.0.1",
  peerPort: 0,
  advertiseUrl: "http://node.example",
  log: { info: silent, warn: silent, error: silent },
} as const satisfies Partial<NodeOptions>;
