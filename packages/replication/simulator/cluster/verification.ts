import type { RunningNode } from "./cluster-program.ts";

/** What an operator's verifications of the stores of some nodes have come to. */
export class Verification {
  readonly #problems: string[] = [];
  #open = 0;

  /** Reads through the named databases on each node that runs, while all goes on. */
  constructor(running: ReadonlyMap<string, RunningNode>, databases: readonly string[]) {
    for (const [host, { store }] of running) {
      for (const database of databases) void this.#verify(host, store, database);
    }
  }

  /** Whether all has been read. */
  get isDone(): boolean {
    return this.#open === 0;
  }

  /** What is not as it should be, and what could not be read. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  async #verify(host: string, store: RunningNode["store"], database: string): Promise<void> {
    this.#open += 1;
    try {
      const { ok, databases } = await store.verify({ database });
      if (!ok) this.#problems.push(`of ${database} on ${host}: ${JSON.stringify(databases)}`);
    } catch (error) {
      this.#problems.push(`of ${database} on ${host}: ${String(error)}`);
    }
    this.#open -= 1;
  }
}
