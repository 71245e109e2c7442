import type { NodeStatus } from "../../src/cli/client/answers.ts";

type ToldDatabase = NodeStatus["databases"][number];

/** What a node tells of a database of 50,000 keys. */
export const toldDatabase = (fields: Partial<ToldDatabase> = {}): ToldDatabase => ({
  name: "default",
  keys: 50_000,
  bytes: 7_500_000,
  epoch: 3,
  offsets: { end: 50_004, synced: 50_004, highWatermark: 50_002, applied: 50_002 },
  ...fields,
});

/** What a leader knows of a follower's copy that has all. */
export const toldCopy = (nodeId: string, fields: object = {}) => ({
  nodeId,
  syncedOffset: 50_004,
  lagRecords: 0,
  lagMs: 0,
  membership: "in-sync",
  sincePullMs: 120,
  ...fields,
});

/** How a leader names a follower. */
export const toldFollower = (nodeId: string, fields: object = {}) => ({
  nodeId,
  storeId: `store of ${nodeId}`,
  url: `http://${nodeId}:8080`,
  connected: true,
  sinceContactMs: 100,
  ...fields,
});

/** What a leader tells that all is well with. */
export const toldLeader = (fields: Partial<NodeStatus> = {}): NodeStatus => ({
  node: "n1",
  store: "store of n1",
  role: "leader",
  writeQuorum: 2,
  ready: true,
  closing: false,
  followers: [],
  databases: [toldDatabase({ inSync: 1, followers: [] })],
  versions: { boxerdb: "0.1.0", node: "v26.10.0" },
  pid: 41,
  uptimeSeconds: 3720,
  ...fields,
});

/** What a follower tells that all is well with. */
export const toldByFollower = (node: string, fields: Partial<NodeStatus> = {}): NodeStatus => ({
  ...toldLeader(),
  node,
  store: `store of ${node}`,
  role: "follower",
  writeQuorum: null,
  followers: null,
  leaderUrl: "http://n1:8080",
  connected: true,
  databases: [toldDatabase({ lag: { records: 0, ms: 0, sinceContactMs: 400 } })],
  ...fields,
});
