import type { LogOffset } from "@boxerdb/engine";

import type { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";

import type { RunningNode } from "./cluster-program.ts";
import { DatabaseInvariants } from "./database-invariants.ts";

/** What must hold in a cluster at every moment, of each database that it has agreed on. */
export class ClusterInvariants {
  readonly #configuration: MemoryConfiguration;
  readonly #nodes: ReadonlyMap<string, RunningNode>;
  readonly #writeQuorum: number;
  /** By the UUID of the database. */
  readonly #databases = new Map<string, DatabaseInvariants>();

  constructor(
    configuration: MemoryConfiguration,
    nodes: ReadonlyMap<string, RunningNode>,
    writeQuorum: number,
  ) {
    this.#configuration = configuration;
    this.#nodes = nodes;
    this.#writeQuorum = writeQuorum;
  }

  /** Throws InvariantError where one does not hold now. To be called after every event. */
  check(): void {
    for (const [name, agreed] of this.#configuration.view().databases) {
      const { id } = agreed.state;
      let database = this.#databases.get(id);
      if (database === undefined) {
        database = new DatabaseInvariants(name, id, this.#nodes, this.#writeQuorum);
        this.#databases.set(id, database);
      }
      database.check(agreed);
    }
  }

  /** Of a database, all below has been committed by now. */
  committedOffset(name: string): LogOffset {
    const id = this.#configuration.view().databases.get(name)?.state.id;
    return this.#databases.get(id ?? "")?.committedOffset ?? (0 as LogOffset);
  }
}
