import { NotWritableError } from "@boxerdb/engine";
import { NoLeaderError, NotEnoughReplicasError, NotLeaderError } from "@boxerdb/replication";

import type { Attempt, WriteHistory } from "../processes/write-history.ts";

import type { ElectedCluster } from "./elected-cluster.ts";
import type { ElectedNode } from "./elected-node.ts";

const refusals = [NoLeaderError, NotEnoughReplicasError, NotLeaderError, NotWritableError];

/**
 * Writes one value after the other, each to a key that nobody else writes, on any node that takes it,
 * until it is stopped.
 */
export class ElectedClient {
  readonly #cluster: ElectedCluster;
  readonly #history: WriteHistory;
  readonly #name: string;
  readonly #running: Promise<void>;
  #isStopped = false;

  constructor(cluster: ElectedCluster, history: WriteHistory, name: string) {
    this.#cluster = cluster;
    this.#history = history;
    this.#name = name;
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let count = 0; !this.#isStopped; count++) {
      const { nodes } = this.#cluster;
      const node = nodes.find((one) => one.isUp && this.#isTaken(one));
      if (node === undefined) {
        await new Promise((resolve) => setTimeout(resolve, 5));
        continue;
      }
      const key = `${this.#name}-${count % 3}`;
      await this.#write(node, key, count, this.#history.begin(key, String(count)));
    }
  }

  #isTaken(node: ElectedNode): boolean {
    try {
      node.node.assertWritable("default");
      return true;
    } catch (error) {
      if (refusals.some((refusal) => error instanceof refusal)) return false;
      throw error;
    }
  }

  async #write(node: ElectedNode, key: string, count: number, attempt: Attempt): Promise<void> {
    try {
      const written = node.collection().put(key, String(count));
      attempt.acknowledged(await node.node.committed(written));
    } catch (error) {
      // Of any other error it is not known whether the write was done.
      if (error instanceof NotWritableError) attempt.refused();
    }
  }
}
