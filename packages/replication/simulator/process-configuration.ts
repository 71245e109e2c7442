import type {
  ClusterView,
  CompareAndSetResult,
  ConfigurationManager,
  DatabaseState,
  NodeAddress,
  NodeLease,
  Revision,
} from "../src/configuration/configuration-manager.ts";

import type { SimulatedProcess } from "./time/simulated-process.ts";

/**
 * A configuration manager as one process has it: what it asked for goes on when it dies, and what comes
 * back reaches it only while it lives and is not stopped.
 */
export class ProcessConfiguration implements ConfigurationManager {
  readonly #manager: ConfigurationManager;
  readonly #owner: SimulatedProcess;

  constructor(manager: ConfigurationManager, owner: SimulatedProcess) {
    this.#manager = manager;
    this.#owner = owner;
    owner.onDeath(() => void manager.close());
  }

  read(): Promise<ClusterView> {
    return this.#deliver(this.#manager.read());
  }

  compareAndSet(
    name: string,
    expected: Revision | undefined,
    next: DatabaseState | undefined,
  ): Promise<CompareAndSetResult> {
    return this.#deliver(this.#manager.compareAndSet(name, expected, next));
  }

  async register(node: NodeAddress, ttlMs: number): Promise<NodeLease> {
    const lease = await this.#deliver(this.#manager.register(node, ttlMs));
    return {
      renew: () => this.#deliver(lease.renew()),
      release: () => this.#deliver(lease.release()),
    };
  }

  watch(listener: () => void): () => void {
    return this.#manager.watch(() => this.#owner.deliver("input", listener));
  }

  close(): Promise<void> {
    return this.#deliver(this.#manager.close());
  }

  #deliver<Result>(answer: Promise<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      answer.then(
        (result) => this.#owner.deliver("input", () => resolve(result)),
        (error: unknown) => this.#owner.deliver("input", () => reject(error)),
      );
    });
  }
}
