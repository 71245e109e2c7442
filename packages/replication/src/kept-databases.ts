import type { ClusterView } from "./configuration/configuration-manager.ts";
import { OutageLog } from "./configuration/outage-log.ts";
import { DatabaseReplica } from "./database-replica.ts";
import { HaltedError } from "./errors.ts";
import type { NodeContext } from "./node-context.ts";

export interface KeptDatabasesOptions {
  readonly context: NodeContext;
  /** Throws HaltedError where this node must not take part in the cluster that was read. */
  readonly assertMember: () => void;
  /** Told after each step to what the cluster has agreed on. */
  readonly onStep: () => void;
}

/** A copy of every database that the cluster has agreed on, and of none else. */
export class KeptDatabases {
  readonly #options: KeptDatabasesOptions;
  readonly #context: NodeContext;
  readonly #outage: OutageLog;
  readonly #replicas = new Map<string, DatabaseReplica>();
  /** Databases that were made here and are not agreed on yet. */
  readonly #unagreed = new Set<string>();
  #reconciling: Promise<void> | undefined;
  #isWanted = false;
  #hasJoined = false;
  #halted: HaltedError | undefined;
  #isClosed = false;

  constructor(options: KeptDatabasesOptions) {
    this.#options = options;
    this.#context = options.context;
    this.#outage = new OutageLog(
      options.context.log,
      "following the cluster's databases failed, retrying",
      "the cluster's databases are followed again",
    );
  }

  get replicas(): readonly DatabaseReplica[] {
    return [...this.#replicas.values()];
  }

  find(name: string): DatabaseReplica | undefined {
    return this.#replicas.get(name);
  }

  /** Why none is kept any more as the cluster wants; undefined as long as they are. */
  get halted(): HaltedError | undefined {
    return this.#halted;
  }

  /** Whether it stands in the store that this is the cluster whose databases it holds. */
  get hasJoined(): boolean {
    return this.#hasJoined;
  }

  /** Acts on what the cluster has agreed on, as soon as what is being done is done. */
  look(): void {
    this.#isWanted = true;
    this.#reconciling ??= this.#reconcile();
  }

  /** Leaves a database alone while it is made here and the cluster is asked to agree. */
  async whileUnagreed<Result>(name: string, make: () => Promise<Result>): Promise<Result> {
    this.#unagreed.add(name);
    try {
      return await make();
    } finally {
      this.#unagreed.delete(name);
      this.look();
    }
  }

  /** Stops all; what is written stays. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#reconciling;
    await this.#closeReplicas();
  }

  async #closeReplicas(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.close()));
  }

  /** One change after the other. */
  async #reconcile(): Promise<void> {
    const { log, clock, settings, observer } = this.#context;
    while (this.#isWanted && !this.#isClosed && this.#halted === undefined) {
      this.#isWanted = false;
      const { view } = observer;
      if (view === undefined) break;
      try {
        await this.#join(view);
        this.#hasJoined = true;
        await this.#keep();
        this.#outage.worked();
      } catch (error) {
        if (error instanceof HaltedError) {
          this.#halted = error;
          log.error({ err: error }, "this node takes no part in the cluster");
          await this.#closeReplicas();
        } else {
          this.#outage.failed(error);
          clock.after(settings.retryPauseMs, () => this.look());
        }
      }
      this.#options.onStep();
    }
    this.#reconciling = undefined;
  }

  /** A store stays with the cluster that it once joined: what it holds is compared with nothing else. */
  async #join({ id }: ClusterView): Promise<void> {
    const { store } = this.#context;
    this.#options.assertMember();
    if (store.replicaOf === id || (store.replicaOf === undefined && store.id === id)) return;
    if (store.replicaOf !== undefined) {
      throw new HaltedError(
        `${store.directory} is a copy of the databases of cluster ${store.replicaOf}, and this is ` +
          `cluster ${id}: give the leader its data directory back, or start this node on an empty one`,
      );
    }
    if (store.databases().length > 0) {
      throw new HaltedError(
        `${store.directory} holds databases that were not copied from this cluster: start the node on ` +
          "an empty data directory",
      );
    }
    await store.becomeReplicaOf(id);
  }

  /** Looks again before each step: while one is done, more may have been agreed on. */
  async #keep(): Promise<void> {
    const { store, log, observer } = this.#context;
    const agreedId = (name: string): string | undefined =>
      observer.view?.databases.get(name)?.state.id;
    for (const [name, replica] of this.#replicas) {
      if (agreedId(name) === replica.id) continue;
      await replica.close();
      this.#replicas.delete(name);
    }
    for (const { name, id } of store.databases()) {
      if (this.#unagreed.has(name) || agreedId(name) === id) continue;
      await store.dropReplica(name);
      log.info({ database: name }, "dropped a database, as the cluster has");
    }
    for (const name of observer.view?.databases.keys() ?? []) {
      if (this.#replicas.has(name) || this.#unagreed.has(name)) continue;
      const id = agreedId(name);
      if (id === undefined) continue;
      if (!store.database(name).exists) await store.createReplica(name, id);
      if (store.database(name).id !== id) continue;
      this.#replicas.set(name, new DatabaseReplica(name, id, this.#context));
    }
  }
}
