import type { Store } from "@boxerdb/engine";

import type { ClusterObserver } from "./configuration/cluster-observer.ts";
import type { ConfigurationManager } from "./configuration/configuration-manager.ts";
import type { LeaseKeeper } from "./configuration/lease-keeper.ts";
import type { ProtocolRules } from "./core/protocol-rules.ts";
import type { NodeClock } from "./node-clock.ts";
import type { NodeLog } from "./node-log.ts";
import type { NodeSettings } from "./node-settings.ts";
import type { PeerClients } from "./peer-clients.ts";

/** What the databases of a node have in common. */
export interface NodeContext {
  readonly nodeId: string;
  readonly store: Store;
  readonly settings: NodeSettings;
  readonly rules: ProtocolRules;
  readonly clock: NodeClock;
  readonly log: NodeLog;
  readonly manager: ConfigurationManager;
  readonly observer: ClusterObserver;
  readonly lease: LeaseKeeper;
  readonly peers: PeerClients;
  /** Whether this node is about to stop, and takes up no office any more. */
  readonly isRetiring: () => boolean;
  /** Told when a database has changed its role, or could not. */
  readonly onChange: () => void;
}
