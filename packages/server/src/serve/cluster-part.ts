import type { NodeOptions, ReplicationNode } from "@boxerdb/replication";

/** What a server brings to the node that replicates its store. */
export type NodeParts = Pick<
  NodeOptions,
  "store" | "nodeId" | "advertiseUrl" | "credentials" | "log"
> & {
  /** How many connections of other nodes are taken at a time. */
  readonly maxPeerConnections: number;
};

/** How a server takes part in a cluster: who says what its node is to lead and to follow. */
export interface ClusterPart {
  /**
   * What becomes of a database that is found damaged at the start. `set aside`: other nodes have what it held,
   * and it is copied from them anew. `refuse`: there may be no other copy, so the server does not start.
   */
  readonly damagedDatabases: "refuse" | "set aside";
  /** Starts the node. Rejects with StartupError where its peer port cannot be listened on. */
  start(parts: NodeParts): Promise<ReplicationNode>;
}
