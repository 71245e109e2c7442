/** The cluster of a node that follows the leader which its configuration names: what that one tells. */
import type { Store } from "@boxerdb/engine";

import {
  revision,
  type ClusterView,
  type CompareAndSetResult,
  type ConfigurationManager,
  type NodeAddress,
  type NodeLease,
} from "../configuration/configuration-manager.ts";
import { ConfigurationUnavailableError, HaltedError } from "../errors.ts";
import { pause, retryPauseMsAfter } from "../follower/pause.ts";
import type { NodeClock } from "../node-clock.ts";
import { protocolVersion, type CatalogResponse } from "../protocol/messages.ts";
import type { PeerClient } from "../protocol/peer-transport.ts";

export interface FollowedConfigurationOptions {
  readonly store: Store;
  readonly nodeId: string;
  /** Where clients reach this node. */
  readonly publicUrl: string;
  /** The leader's peer URL, and the way to it. */
  readonly leaderUrl: string;
  readonly client: PeerClient;
  readonly clock: NodeClock;
  readonly retryPauseMs: number;
}

const waitMs = 1_000;

export class FollowedConfiguration implements ConfigurationManager {
  readonly #options: FollowedConfigurationOptions;
  readonly #abort = new AbortController();
  #catalog: CatalogResponse | undefined;
  /** What revisions of the leader's process are counted from here, so that they rise over restarts too. */
  #base = 0;
  #highest = 0;
  #isConnected = false;
  /** What the leader refused, and until when there is no use in asking again. */
  #refused: { readonly error: unknown; readonly untilMs: number } | undefined;

  constructor(options: FollowedConfigurationOptions) {
    this.#options = options;
  }

  /** Where clients reach the leader; undefined before it has answered. */
  get leaderPublicUrl(): string | undefined {
    return this.#catalog?.publicUrl;
  }

  /** The UUID of the leader's data directory; undefined before it has answered. */
  get leaderStoreId(): string | undefined {
    return this.#catalog?.storeId;
  }

  /** Whether the leader has answered the last time that it was asked. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Throws HaltedError where the leader is this very node, by its name or by its data directory. */
  assertOther(): void {
    const { store, nodeId, leaderUrl } = this.#options;
    if (this.#catalog?.storeId === store.id) {
      throw new HaltedError(
        `the leader at ${leaderUrl} has the data directory that this node has, or a copy of it: a ` +
          "follower needs one of its own, so start this node on an empty one",
      );
    }
    if (this.#catalog?.nodeId === nodeId) {
      throw new HaltedError(
        `the leader at ${leaderUrl} has the name of this node, ${nodeId}: give each node one of its own`,
      );
    }
  }

  async read(): Promise<ClusterView> {
    const { clock } = this.#options;
    const refused = this.#refused;
    if (refused !== undefined && clock.monotonicMs() < refused.untilMs) throw refused.error;
    const catalog = await this.#ask(0);
    const { nodeId, publicUrl, clusterId, databases } = catalog;
    const { leaderUrl: peerUrl } = this.#options;
    return {
      id: clusterId,
      creator: nodeId,
      revision: this.#revision(catalog.version),
      databases: new Map(
        databases.map(({ name, id, revision: changed, epoch, leader, inSync }) => [
          name,
          { state: { id, epoch, leader, inSync }, revision: this.#revision(changed) },
        ]),
      ),
      nodes: new Map([[nodeId, { nodeId, peerUrl, publicUrl }]]),
    };
  }

  async compareAndSet(): Promise<CompareAndSetResult> {
    throw new ConfigurationUnavailableError(
      "who leads is said by the configuration of the nodes, and not changed by followers",
    );
  }

  /** Asks again with the next read: what the leader refused it may take now. */
  credentialsRenewed(): void {
    this.#refused = undefined;
  }

  /** The leader knows who is there by who asks. */
  async register(_node: NodeAddress, _ttlMs: number): Promise<NodeLease> {
    return { renew: async () => {}, release: async () => {} };
  }

  watch(listener: () => void): () => void {
    const watching = new AbortController();
    void this.#watch(listener, AbortSignal.any([watching.signal, this.#abort.signal]));
    return () => watching.abort();
  }

  async close(): Promise<void> {
    this.#abort.abort();
  }

  async #watch(listener: () => void, signal: AbortSignal): Promise<void> {
    const { clock, retryPauseMs } = this.#options;
    while (!signal.aborted) {
      const before = this.#catalog;
      const wasConnected = this.#isConnected;
      try {
        // The first answer of a leader that is back tells that it is, and should not wait for news.
        const catalog = await this.#ask(wasConnected ? waitMs : 0);
        if (signal.aborted) return;
        const isNews =
          catalog.version !== before?.version || catalog.processId !== before.processId;
        if (isNews || !wasConnected) listener();
      } catch (error) {
        if (signal.aborted) return;
        // Whoever reads is told.
        if (wasConnected) listener();
        await pause(clock, retryPauseMsAfter(error, retryPauseMs), signal);
      }
    }
  }

  async #ask(wait: number): Promise<CatalogResponse> {
    const { store, nodeId, publicUrl, client, clock } = this.#options;
    const { processId = "", version = 0 } = this.#catalog ?? {};
    try {
      const catalog = await client.catalog(
        {
          protocol: protocolVersion,
          nodeId,
          storeId: store.id,
          processId,
          version,
          publicUrl,
          waitMs: wait,
        },
        this.#abort.signal,
      );
      this.#take(catalog);
      return catalog;
    } catch (error) {
      this.#isConnected = false;
      const message = error instanceof Error ? error.message : String(error);
      const unavailable = new ConfigurationUnavailableError(message, { cause: error });
      const untilMs = clock.monotonicMs() + retryPauseMsAfter(error, 0);
      this.#refused = { error: unavailable, untilMs };
      throw unavailable;
    }
  }

  #take(catalog: CatalogResponse): void {
    if (catalog.processId !== this.#catalog?.processId) this.#base = this.#highest + 1;
    this.#highest = Math.max(this.#highest, this.#base + catalog.version);
    this.#catalog = catalog;
    this.#isConnected = true;
    this.#refused = undefined;
  }

  #revision(ofLeader: number) {
    return revision(this.#base + ofLeader);
  }
}
