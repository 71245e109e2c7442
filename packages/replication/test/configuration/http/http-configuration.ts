import {
  ConfigurationUnavailableError,
  LeaseLostError,
  type ClusterView,
  type CompareAndSetResult,
  type ConfigurationManager,
  type DatabaseState,
  type NodeAddress,
  type NodeLease,
  type Revision,
} from "@boxerdb/replication";
import { Agent, request } from "undici";
import type { z } from "zod";

import {
  callPath,
  hintsPath,
  leaseLostStatus,
  registeredSchema,
  resultSchema,
  viewSchema,
  type Call,
} from "./configuration-messages.ts";

/** How long after hints have ended they are asked for again. */
const hintsPauseMs = 100;

/** What one node has of a ConfigurationServer. */
export class HttpConfiguration implements ConfigurationManager {
  readonly #url: string;
  readonly #timeoutMs: number;
  readonly #agent = new Agent();
  readonly #closing = new AbortController();
  readonly #listeners = new Set<() => void>();
  #isWatching = false;

  /** `timeoutMs`: after how long calls are given up. */
  constructor(url: string, timeoutMs: number) {
    this.#url = url;
    this.#timeoutMs = timeoutMs;
  }

  read(): Promise<ClusterView> {
    return this.#call({ call: "read" }, viewSchema);
  }

  compareAndSet(
    name: string,
    expected: Revision | undefined,
    next: DatabaseState | undefined,
  ): Promise<CompareAndSetResult> {
    return this.#call({ call: "compareAndSet", name, expected, next }, resultSchema);
  }

  async register(node: NodeAddress, ttlMs: number): Promise<NodeLease> {
    const { lease } = await this.#call({ call: "register", node, ttlMs }, registeredSchema);
    return {
      renew: async () => {
        const { status } = await this.#exchange({ call: "renew", lease });
        if (status === leaseLostStatus) throw new LeaseLostError(node.nodeId);
      },
      release: async () => {
        await this.#exchange({ call: "release", lease });
      },
    };
  }

  watch(listener: () => void): () => void {
    // A function of its own for each call: the same listener may be given twice.
    const call = (): void => listener();
    this.#listeners.add(call);
    if (!this.#isWatching) {
      this.#isWatching = true;
      void this.#takeHints();
    }
    return () => this.#listeners.delete(call);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#listeners.clear();
    await this.#agent.destroy();
  }

  async #takeHints(): Promise<void> {
    while (!this.#closing.signal.aborted) {
      try {
        const { body } = await request(this.#url + hintsPath, {
          dispatcher: this.#agent,
          bodyTimeout: 0,
          signal: this.#closing.signal,
        });
        for await (const _ of body) for (const listener of this.#listeners) listener();
      } catch {
        // Whoever watches reads from time to time as well: hints are not needed.
      }
      await new Promise((resolve) => setTimeout(resolve, hintsPauseMs).unref());
    }
  }

  async #call<Schema extends z.ZodType>(call: Call, schema: Schema): Promise<z.output<Schema>> {
    return schema.parse((await this.#exchange(call)).body);
  }

  async #exchange(call: Call): Promise<{ status: number; body: unknown }> {
    try {
      const { statusCode: status, body } = await request(this.#url + callPath, {
        method: "POST",
        body: JSON.stringify(call),
        dispatcher: this.#agent,
        signal: AbortSignal.any([this.#closing.signal, AbortSignal.timeout(this.#timeoutMs)]),
      });
      const answer = { status, body: await body.json() };
      if (status === 200 || status === leaseLostStatus) return answer;
      throw new Error(`it was answered ${status}`);
    } catch (error) {
      throw new ConfigurationUnavailableError(
        `the configuration manager at ${this.#url} did not do "${call.call}": ${String(error)}`,
        { cause: error },
      );
    }
  }
}
