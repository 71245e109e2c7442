import { isDeepStrictEqual } from "node:util";

import type { ClusterNode } from "./cluster-node.ts";
import { until } from "./condition.ts";

/**
 * What the leader has acknowledged, and therefore every node must have: each document with the offset
 * it was written at, and no document that was deleted.
 */
export class AcknowledgedData {
  readonly #leader: ClusterNode;
  readonly #documents = new Map<string, { readonly value: unknown; readonly offset: number }>();
  readonly #deleted = new Set<string>();
  #lastOffset = 0;

  constructor(leader: ClusterNode) {
    this.#leader = leader;
  }

  /** The offset of the newest write. */
  get lastOffset(): number {
    return this.#lastOffset;
  }

  async put(key: string, value: unknown): Promise<void> {
    const { status, offset, body } = await this.#leader.put(key, value);
    if (status !== 200 || offset === undefined) throw refused("PUT", key, status, body);
    this.#documents.set(key, { value, offset });
    this.#deleted.delete(key);
    this.#lastOffset = offset;
  }

  async delete(key: string): Promise<void> {
    const { status, offset, body } = await this.#leader.delete(key);
    if (status !== 200 || offset === undefined) throw refused("DELETE", key, status, body);
    this.#documents.delete(key);
    this.#deleted.add(key);
    this.#lastOffset = offset;
  }

  /**
   * Waits until a node has applied the newest write, then reads every key there.
   *
   * @returns what was seen, as in `12 documents`. Rejects where anything differs.
   */
  async assertOn(node: ClusterNode, signal: AbortSignal): Promise<string> {
    const condition = `${node.service} has applied offset ${this.#lastOffset}`;
    await until(condition, () => this.#appliedOn(node), { signal });
    for (const [key, { value, offset }] of this.#documents) {
      const answer = await node.get(key);
      const isEqual = answer.status === 200 && isDeepStrictEqual(answer.body, { value });
      if (!isEqual || answer.offset !== offset) {
        throw new Error(
          `${node.service}, key ${JSON.stringify(key)}: expected ${JSON.stringify({ value })} at ` +
            `offset ${offset}, got ${answer.status} ${JSON.stringify(answer.body)} at ${answer.offset}`,
        );
      }
    }
    for (const key of this.#deleted) {
      const { status } = await node.get(key);
      if (status !== 404) {
        throw new Error(`${node.service}: the deleted key ${JSON.stringify(key)} gives ${status}`);
      }
    }
    return this.#description;
  }

  get #description(): string {
    const documents = `${this.#documents.size} documents`;
    return this.#deleted.size === 0 ? documents : `${documents}, ${this.#deleted.size} deleted`;
  }

  async #appliedOn(node: ClusterNode): Promise<true | string> {
    const { status, appliedOffset } = await node.ask("GET", "/api/v1?limit=1");
    if (appliedOffset !== undefined && appliedOffset >= this.#lastOffset) return true;
    return `status ${status}, applied offset ${appliedOffset ?? "none"}`;
  }
}

const refused = (method: string, key: string, status: number, body: unknown): Error =>
  new Error(`${method} ${JSON.stringify(key)} was answered ${status} ${JSON.stringify(body)}`);
