import { DatabaseExistsError, DatabaseNotFoundError, epoch } from "@boxerdb/engine";

import type { Revision } from "./configuration/configuration-manager.ts";
import { uncleanStepOf } from "./configuration/unclean-election.ts";
import { replicaOf } from "./database-log.ts";
import { NoLeaderError } from "./errors.ts";
import type { KeptDatabases } from "./kept-databases.ts";
import type { NodeContext } from "./node-context.ts";
import { includesReplica, isSameReplica } from "./replica-id.ts";

export interface ClusterChangesOptions {
  readonly context: NodeContext;
  readonly databases: KeptDatabases;
  /** See ClusterNode. */
  readonly assertWritable: (name: string) => void;
  /** What to throw where this node does not lead a database. */
  readonly notLeading: (name: string) => Error;
  /** Resolves when something holds, or the node is closed. */
  readonly until: (holds: () => boolean) => Promise<void>;
}

/** What a node asks the cluster to agree on, for its clients and operators. */
export class ClusterChanges {
  readonly #options: ClusterChangesOptions;
  /** The databases that are being created here. */
  readonly #creating = new Set<string>();

  constructor(options: ClusterChangesOptions) {
    this.#options = options;
  }

  /** Whether a database is being created here, which this node is to lead then. */
  isCreating(name: string): boolean {
    return this.#creating.has(name);
  }

  /** Creates a database, led by this node. Rejects as `notLeading` says where another node was first. */
  async create(name: string): Promise<void> {
    if (this.#options.context.store.database(name).exists) throw new DatabaseExistsError(name);
    this.#options.assertWritable(name);
    this.#creating.add(name);
    try {
      await this.#create(name);
    } finally {
      this.#creating.delete(name);
    }
  }

  async #create(name: string): Promise<void> {
    const { context, databases, notLeading, until } = this.#options;
    const { store, manager, observer, nodeId } = context;
    const self = await databases.whileUnagreed(name, async () => {
      const { id, open } = await store.createReplica(name);
      if (open === undefined || id === undefined) throw new Error("assertion failed: it was made");
      const creator = replicaOf(nodeId, store, open);
      const state = { id, epoch: epoch(0), leader: creator, inSync: [creator] };
      observer.noteResult(name, state, await manager.compareAndSet(name, undefined, state));
      return creator;
    });
    const leads = (): boolean => databases.find(name)?.leader !== undefined;
    // Another node may have created it at the same time, or have been elected since.
    const isElsewhere = (): boolean => {
      const leader = observer.view?.databases.get(name)?.state.leader;
      return leader === undefined || !isSameReplica(leader, self);
    };
    // A node that is about to stop takes up no office; another one leads it then.
    await until(() => leads() || isElsewhere() || context.isRetiring());
    if (!leads()) throw notLeading(name);
  }

  /** Drops a database everywhere; resolves when the cluster has agreed and it is gone here. */
  async drop(name: string): Promise<void> {
    const { context, databases, notLeading, until } = this.#options;
    const { manager, observer, store } = context;
    const current = observer.view?.databases.get(name);
    if (databases.find(name)?.leader === undefined || current === undefined) throw notLeading(name);
    const result = await manager.compareAndSet(name, current.revision, undefined);
    observer.noteResult(name, undefined, result);
    if (!result.applied && result.current !== undefined) throw new NoLeaderError(name);
    const { id } = current.state;
    await until(() => store.database(name).id !== id);
  }

  /** See ClusterNode. */
  async electUnclean(name: string): Promise<void> {
    const { context, databases, until } = this.#options;
    const { manager, observer, log, clock, settings } = context;
    let waitedFor: Revision | undefined;
    while (true) {
      const { databases: agreed, nodes } = await observer.readAnew();
      const current = agreed.get(name);
      const replica = databases.find(name);
      if (current === undefined || replica === undefined) throw new DatabaseNotFoundError(name);
      const self = replica.replica(replica.open);
      const hasWaited = waitedFor === current.revision;
      const present = new Set(nodes.keys());
      const step = uncleanStepOf(name, self, current.state, { present, hasWaited });
      if (step.type === "done") break;
      if (step.type === "wait") {
        waitedFor = current.revision;
        await new Promise<void>((resolve) => clock.after(settings.leaseMs, resolve));
        continue;
      }
      const { next } = step;
      const result = await manager.compareAndSet(name, current.revision, next);
      observer.noteResult(name, next, result);
      if (!result.applied || !includesReplica(next.inSync, self)) continue;
      const lost = current.state.inSync.map(({ nodeId }) => nodeId);
      log.warn(
        { database: name, lost, endOffset: replica.open.log.acceptedOffset },
        "an operator has this node lead, which was not in sync: what only the others have is lost",
      );
    }
    await until(() => databases.find(name)?.leader !== undefined);
  }
}
