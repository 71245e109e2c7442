/**
 * One copy of a database: the node that keeps it and the directory it is in. A directory that was
 * emptied or replaced has another id, so it is another replica, and what its predecessor had is not
 * counted for it.
 */
export interface ReplicaId {
  /** The name of the node, as configured. */
  readonly nodeId: string;
  /** The UUID of the data directory, and the number that its directory of the database was made with. */
  readonly directoryId: string;
}

/** A replica as one string, for keys of maps. */
export const replicaKey = ({ nodeId, directoryId }: ReplicaId): string =>
  `${nodeId}\n${directoryId}`;

export const isSameReplica = (a: ReplicaId, b: ReplicaId): boolean =>
  a.nodeId === b.nodeId && a.directoryId === b.directoryId;

/** Whether a replica is one of several. */
export const includesReplica = (replicas: readonly ReplicaId[], wanted: ReplicaId): boolean =>
  replicas.some((replica) => isSameReplica(replica, wanted));
