/** Whether a node can do its work, which load balancers ask. A pure decision. */

/** Whether a node can do all that one of its role does; if not, why. */
export interface Readiness {
  readonly ready: boolean;
  readonly reason?: string;
  /** All is in order but that it cannot answer reads of a copy yet: what it leads takes writes. */
  readonly isCatchingUp?: true;
}

/** What the readiness of a node depends on, as ClusterNode has it. */
export interface ReadyNode {
  readonly halted: Error | undefined;
  /** Undefined before what the cluster has agreed on was read. */
  readonly view: { readonly nodes: { readonly size: number } } | undefined;
  readonly replicas: readonly {
    readonly name: string;
    readonly halted: string | undefined;
    readonly open: { readonly failure: Error | undefined };
    /** What readers are told as long as the copy here is not whole. */
    readonly catchingUp: Error | undefined;
    /** Undefined unless this node leads the database. */
    readonly leader: { readonly isEstablished: boolean; readonly inSyncCount: number } | undefined;
  }[];
}

/** A follower is ready while it follows all databases, and can answer reads of them. */
export const followerReadiness = (node: ReadyNode): Readiness =>
  ofCopies(node, followingReadiness(node));

function followingReadiness({ halted, view, replicas }: ReadyNode): Readiness {
  const reason = halted?.message ?? replicas.find((one) => one.halted !== undefined)?.halted;
  if (reason !== undefined) return { ready: false, reason };
  if (view === undefined) return { ready: false, reason: "the leader has not answered yet" };
  return { ready: true };
}

/** What is ready otherwise is not while one of its copies is not whole. */
function ofCopies({ replicas }: ReadyNode, otherwise: Readiness): Readiness {
  const behind = replicas.find(({ catchingUp }) => catchingUp !== undefined)?.catchingUp;
  if (!otherwise.ready || behind === undefined) return otherwise;
  return { ready: false, reason: behind.message, isCatchingUp: true };
}

/**
 * A leader is ready while it takes writes to all of its databases, and to new ones. One that does not
 * goes on reading, but a load balancer that sends it writes must know.
 */
export function leaderReadiness({ replicas, view }: ReadyNode, writeQuorum: number): Readiness {
  for (const { name, leader, open } of replicas) {
    const failure = open.failure?.message;
    if (failure !== undefined) return { ready: false, reason: `database ${name}: ${failure}` };
    if (leader?.isEstablished !== true) {
      const reason =
        `database ${name}: what was written before the start is not yet synced on ${writeQuorum} ` +
        "nodes again, and out of sight: start followers";
      return { ready: false, reason };
    }
    const { inSyncCount } = leader;
    if (inSyncCount < writeQuorum) return tooFew(`database ${name}: `, inSyncCount, writeQuorum);
  }
  const present = view?.nodes.size ?? 0;
  return present < writeQuorum ? tooFew("", present, writeQuorum) : { ready: true };
}

/**
 * A node that may be elected is ready while it knows what the cluster has agreed on, and does its part in each
 * database: follows it, or takes writes to it.
 */
export function electedReadiness(node: ReadyNode, writeQuorum: number): Readiness {
  const { halted, view, replicas } = node;
  if (view === undefined && halted === undefined) {
    return { ready: false, reason: "the configuration manager has not answered yet" };
  }
  const following = followingReadiness(node);
  const led = replicas.filter(({ leader }) => leader !== undefined);
  if (!following.ready || led.length === 0) return ofCopies(node, following);
  return ofCopies(node, leaderReadiness({ halted, view, replicas: led }, writeQuorum));
}

const tooFew = (where: string, inSync: number, writeQuorum: number): Readiness => ({
  ready: false,
  reason:
    `${where}writes are refused, reads go on: a write must be synced on ${writeQuorum} nodes, and ` +
    `${inSync} ${inSync === 1 ? "is" : "are"} in sync. Start followers, or wait until they have caught up`,
});
