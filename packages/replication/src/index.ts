/** The public face of `@boxerdb/replication`. */
export type { PeerCompression } from "./http/compression-choice.ts";
export type { PeerCredentials } from "./http/credentials.ts";
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
export * from "./errors.ts";
export type { Membership } from "./core/leader-state.ts";
export type { ReplicaId } from "./replica-id.ts";
export { systemNodeClock, type NodeClock } from "./node-clock.ts";
export type { NodeLog } from "./node-log.ts";
export type { CopyLag, PullCounts } from "./follower/copy-progress.ts";
export type { Readiness } from "./node-readiness.ts";
export type {
  FollowedDatabase,
  FollowerProgress,
  LedDatabase,
  ReplicatedDatabase,
} from "./database-status.ts";
export type { FollowerStatus, NodeStatus } from "./node-status.ts";
export { ClusterNode, type ClusterNodeOptions } from "./cluster-node.ts";
export { startElectedNode, type ElectedNode, type ElectedNodeOptions } from "./elected-node.ts";
export { protocolRules, type ProtocolRules } from "./core/protocol-rules.ts";
export { defaultSettings, type NodeSettings } from "./node-settings.ts";
export type {
  PeerClient,
  PeerConnector,
  PeerService,
  PullOutcome,
} from "./protocol/peer-transport.ts";
export { startNode, type NodeOptions, type ReplicationNode } from "./node.ts";
export { protocolVersion } from "./protocol/messages.ts";
