import type {
  ClusterView,
  CompareAndSetResult,
  ConfigurationManager,
  DatabaseState,
  NodeAddress,
  NodeLease,
  Revision,
} from "@boxerdb/replication";

export interface NotedManagerOptions {
  readonly manager: ConfigurationManager;
  /** Told of every change that was made through it, in words: a leader, or a lease that was given back. */
  readonly note: (what: string) => void;
  /** Before a database is changed: a rejection is what the node is answered, and nothing is changed. */
  readonly beforeChange?: (name: string) => Promise<void>;
}

/** A node's way to its configuration manager, along which everything that changes is noted. */
export class NotedManager implements ConfigurationManager {
  readonly #options: NotedManagerOptions;

  constructor(options: NotedManagerOptions) {
    this.#options = options;
  }

  read(): Promise<ClusterView> {
    return this.#options.manager.read();
  }

  async compareAndSet(
    name: string,
    expected: Revision | undefined,
    next: DatabaseState | undefined,
  ): Promise<CompareAndSetResult> {
    const { manager, note, beforeChange } = this.#options;
    await beforeChange?.(name);
    const before = (await manager.read()).databases.get(name)?.state;
    const result = await manager.compareAndSet(name, expected, next);
    if (result.applied && next?.epoch !== before?.epoch) {
      note(`${name} is led by ${next?.leader?.nodeId ?? "nobody"}`);
    }
    return result;
  }

  async register(node: NodeAddress, ttlMs: number): Promise<NodeLease> {
    const { manager, note } = this.#options;
    const lease = await manager.register(node, ttlMs);
    return {
      renew: () => lease.renew(),
      release: async () => {
        note(`${node.nodeId} is gone`);
        await lease.release();
      },
    };
  }

  watch(listener: () => void): () => void {
    return this.#options.manager.watch(listener);
  }

  close(): Promise<void> {
    return this.#options.manager.close();
  }
}
