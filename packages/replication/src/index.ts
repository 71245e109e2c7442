/** The public face of `@boxerdb/replication`. */
export { ClusterObserver, type ClusterObserverOptions } from "./configuration/cluster-observer.ts";
export {
  revision,
  type ClusterView,
  type CompareAndSetResult,
  type ConfigurationManager,
  type DatabaseState,
  type NodeAddress,
  type NodeLease,
  type Revision,
  type VersionedState,
} from "./configuration/configuration-manager.ts";
export { LeaseKeeper, type LeaseKeeperOptions } from "./configuration/lease-keeper.ts";
export { MemoryConfiguration } from "./configuration/memory-configuration.ts";
export type { PeerCredentials } from "./credentials.ts";
export * from "./errors.ts";
export type { Membership, ReplicaId } from "./leader/replica-tracker.ts";
export { systemNodeClock, type NodeClock } from "./node-clock.ts";
export type { NodeLog } from "./node-log.ts";
export type { CopyLag, PullCounts } from "./follower/database-follower.ts";
export type { Readiness } from "./node-readiness.ts";
export type {
  FollowedDatabase,
  FollowerProgress,
  FollowerStatus,
  LedDatabase,
  NodeStatus,
} from "./node-status.ts";
export { startNode, type NodeOptions, type ReplicationNode } from "./node.ts";
export { protocolVersion } from "./protocol/messages.ts";
