/** Whether a node can do its work, which load balancers ask. A pure decision. */

/** Whether a node can do all that one of its role does; if not, why. */
export interface Readiness {
  readonly ready: boolean;
  readonly reason?: string;
}

/** What the readiness of a leader depends on. */
export interface LeaderState {
  readonly databases: readonly {
    readonly name: string;
    /** Whether all that was there when the reign began is committed. */
    readonly isEstablished: boolean;
    /** How many nodes are in sync, this one among them. */
    readonly inSync: number;
    /** Why nothing can be written to it any more; undefined as long as it can. */
    readonly failure: string | undefined;
  }[];
  /** How many nodes a new database would be in sync on, this one among them. */
  readonly presentCount: number;
  /** How many nodes must have a write synced, this one among them. */
  readonly writeQuorum: number;
}

/**
 * A leader is ready while it takes writes to all of its databases, and to new ones. One that does not
 * goes on reading, but a load balancer that sends it writes must know.
 */
export function leaderReadiness({ databases, presentCount, writeQuorum }: LeaderState): Readiness {
  for (const { name, isEstablished, inSync, failure } of databases) {
    if (failure !== undefined) return { ready: false, reason: `database ${name}: ${failure}` };
    if (!isEstablished) {
      const reason =
        `database ${name}: what was written before the start is not yet synced on ${writeQuorum} ` +
        "nodes again, and out of sight: start followers";
      return { ready: false, reason };
    }
    if (inSync < writeQuorum) return tooFew(`database ${name}: `, inSync, writeQuorum);
  }
  return presentCount < writeQuorum ? tooFew("", presentCount, writeQuorum) : { ready: true };
}

const tooFew = (where: string, inSync: number, writeQuorum: number): Readiness => ({
  ready: false,
  reason:
    `${where}writes are refused, reads go on: a write must be synced on ${writeQuorum} nodes, and ` +
    `${inSync} ${inSync === 1 ? "is" : "are"} in sync. Start followers, or wait until they have caught up`,
});
