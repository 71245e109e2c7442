/** What replication throws on purpose. `code` is stable and meant for programs. */

/** The base of all errors of replication. */
export class ReplicationError extends Error {
  /** Stable upper-case name of the kind of error. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A write on a node that does not lead. Nothing was written. */
export class NotLeaderError extends ReplicationError {
  /** Where writes go, as far as this node knows: the leader's public URL. */
  readonly leaderUrl: string | undefined;

  constructor(leaderUrl: string | undefined) {
    super("NOT_LEADER", "This action is only available to the leader");
    this.leaderUrl = leaderUrl;
  }
}

/** Fewer nodes are in sync than a write has to be on. Nothing was written; try again later. */
export class NotEnoughReplicasError extends ReplicationError {
  /** How many nodes must have a write synced, the leader among them. */
  readonly required: number;
  /** How many are in sync. */
  readonly available: number;

  constructor(required: number, available: number) {
    super(
      "NOT_ENOUGH_REPLICAS",
      `a write must be synced on ${required} nodes, and ${available} ${available === 1 ? "is" : "are"} ` +
        "in sync: start followers, or wait until they have caught up",
    );
    this.required = required;
    this.available = available;
  }
}

/** A write was appended but not committed in time. It may yet be committed, also after a restart. */
export class CommitTimeoutError extends ReplicationError {
  constructor(timeoutMs: number) {
    super(
      "OUTCOME_UNKNOWN",
      `the write was not committed within ${timeoutMs} ms; it may yet be: repeat it with the same ` +
        "idempotency key, or if it had none, read the key first",
    );
  }
}

/** A setting of the node that cannot be meant. */
export class InvalidNodeOptionError extends ReplicationError {
  constructor(message: string) {
    super("INVALID_OPTION", message);
  }
}

/**
 * Why a follower has stopped to follow a database, or its leader altogether: going on would lose or
 * mix up data. It takes an operator to decide.
 */
export class HaltedError extends ReplicationError {
  constructor(message: string, options?: ErrorOptions) {
    super("HALTED", message, options);
  }
}

/** The leader cannot be reached, or answers what the protocol does not allow. Tried again. */
export class PeerError extends ReplicationError {
  constructor(message: string, options?: ErrorOptions) {
    super("PEER", message, options);
  }
}

/** The leader does not take this node's secret. Tried again, slowly: somebody has to do something first. */
export class PeerUnauthorizedError extends PeerError {}

/** The configuration manager did not answer. What was asked of it may have been done. */
export class ConfigurationUnavailableError extends ReplicationError {
  constructor(message: string, options?: ErrorOptions) {
    super("CONFIGURATION_UNAVAILABLE", message, options);
  }
}

/** The lease of this node has ended, or another process has registered under its node id. */
export class LeaseLostError extends ReplicationError {
  constructor(nodeId: string) {
    super("LEASE_LOST", `the lease of node "${nodeId}" has ended: register it again`);
  }
}

/** No node is known to lead a database now. Nothing was written; try again soon. */
export class NoLeaderError extends ReplicationError {
  constructor(database: string) {
    super("NO_LEADER", `no node leads database "${database}" at the moment: try again soon`);
  }
}

/** A node stopped leading while a write was under way. It may be committed yet. */
export class LeadershipLostError extends ReplicationError {
  constructor(database: string) {
    super(
      "OUTCOME_UNKNOWN",
      `this node stopped leading database "${database}" before the write was committed; it may yet ` +
        "be: repeat it with the same idempotency key, or if it had none, read the key first",
    );
  }
}

/** A database was not handed over: this node leads it as before. */
export class HandoverError extends ReplicationError {
  /** @param toNodeId undefined: any node would have done */
  constructor(database: string, toNodeId: string | undefined, reason: string) {
    const to = toNodeId === undefined ? "" : ` to node "${toNodeId}"`;
    super("HANDOVER", `database "${database}" was not handed over${to}: ${reason}`);
  }
}

/** A replica that is not in sync is not made the leader: one that is in sync can lead. */
export class UncleanElectionError extends ReplicationError {
  constructor(database: string, reason: string) {
    super("UNCLEAN_ELECTION", `this node is not to lead database "${database}": ${reason}`);
  }
}
