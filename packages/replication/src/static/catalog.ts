/** What a leader by configuration tells its followers: the databases, and who is in sync. */
import type { Store } from "@boxerdb/engine";

import type { ConfigurationManager, NodeLease } from "../configuration/configuration-manager.ts";
import type { MemoryConfiguration } from "../configuration/memory-configuration.ts";
import { LeaseLostError } from "../errors.ts";
import type { NodeClock } from "../node-clock.ts";
import type { NodeLog } from "../node-log.ts";
import {
  protocolVersion,
  type CatalogRequest,
  type CatalogResponse,
} from "../protocol/messages.ts";

/** A follower that has asked for the catalog. */
export interface KnownFollower {
  readonly nodeId: string;
  /** The UUID of its data directory. */
  readonly storeId: string;
  /** Where clients reach it. */
  readonly publicUrl: string;
  /** When it asked last, by the leader's monotonic clock. */
  readonly seenMs: number;
  /** Whether it has asked within the replica timeout, and its connection was not seen to be lost. */
  readonly isConnected: boolean;
}

export interface CatalogOptions {
  readonly store: Store;
  readonly nodeId: string;
  readonly publicUrl: string;
  /** A UUID of this process. */
  readonly processId: string;
  readonly configuration: MemoryConfiguration;
  readonly replicaTimeoutMs: number;
  readonly clock: NodeClock;
  readonly log: NodeLog;
}

/** Of followers that are gone, so many are remembered: a request costs memory here, whoever sends it. */
const goneFollowersAtMost = 100;

export class Catalog {
  readonly #options: CatalogOptions;
  readonly #manager: ConfigurationManager;
  /** By node id and store id. */
  readonly #followers = new Map<string, KnownFollower>();
  /** By node id: whoever asks under it keeps the node there. */
  readonly #leases = new Map<string, Promise<NodeLease>>();

  constructor(options: CatalogOptions) {
    this.#options = options;
    this.#manager = options.configuration.connect();
  }

  /** All followers of this process, those that are gone too. */
  get followers(): readonly KnownFollower[] {
    const { clock, replicaTimeoutMs } = this.#options;
    const since = clock.monotonicMs() - replicaTimeoutMs;
    return [...this.#followers.values()].map((follower) =>
      follower.seenMs >= since ? follower : { ...follower, isConnected: false },
    );
  }

  /** Answers with what there is, as soon as it is something else than the asker knows. */
  async answer(request: CatalogRequest, connection: AbortSignal): Promise<CatalogResponse> {
    const { store, nodeId, publicUrl, processId, replicaTimeoutMs } = this.#options;
    await store.admitReplicas();
    const visit = await this.#note(request);
    if (request.processId === processId && request.version === this.#view.revision) {
      await this.#untilChange(Math.min(request.waitMs, replicaTimeoutMs / 3), connection);
    }
    // It may have asked again since, by another connection.
    if (connection.aborted && this.#followers.get(keyOf(request)) === visit) {
      this.#followers.set(keyOf(request), { ...visit, isConnected: false });
      await this.#release(request.nodeId);
    }
    const { id: clusterId, revision, databases } = this.#view;
    return {
      protocol: protocolVersion,
      nodeId,
      storeId: store.id,
      clusterId,
      publicUrl,
      processId,
      version: revision,
      databases: [...databases].map(([name, { state, revision: changed }]) => ({
        name,
        id: state.id,
        revision: changed,
        epoch: state.epoch,
        leader: state.leader,
        inSync: [...state.inSync],
      })),
    };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#leases.keys()].map((nodeId) => this.#release(nodeId)));
    await this.#manager.close();
  }

  get #view() {
    return this.#options.configuration.view();
  }

  /** Takes note that a follower is there. */
  async #note({ nodeId, storeId, publicUrl }: CatalogRequest): Promise<KnownFollower> {
    const { clock, log, replicaTimeoutMs } = this.#options;
    const key = keyOf({ nodeId, storeId });
    const known = this.#followers.get(key);
    if (known?.isConnected !== true) {
      log.info({ nodeId, storeId, followerUrl: publicUrl }, "follower connected");
      this.#forgetOldest();
    }
    const address = { nodeId, peerUrl: "", publicUrl };
    const register = (): Promise<NodeLease> => this.#manager.register(address, replicaTimeoutMs);
    const held = known?.isConnected === true ? this.#leases.get(nodeId) : undefined;
    const lease = held === undefined ? register() : renewed(held, register);
    this.#leases.set(nodeId, lease);
    const seenMs = clock.monotonicMs();
    const visit = { nodeId, storeId, publicUrl, seenMs, isConnected: true };
    this.#followers.set(key, visit);
    await lease;
    return visit;
  }

  async #release(nodeId: string): Promise<void> {
    const lease = this.#leases.get(nodeId);
    this.#leases.delete(nodeId);
    await (await lease)?.release();
  }

  #forgetOldest(): void {
    const gone = this.followers.filter(({ isConnected }) => !isConnected);
    if (gone.length <= goneFollowersAtMost) return;
    const [oldest] = gone.toSorted((a, b) => a.seenMs - b.seenMs);
    if (oldest !== undefined) this.#followers.delete(keyOf(oldest));
  }

  #untilChange(waitMs: number, connection: AbortSignal): Promise<void> {
    if (waitMs === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        timer.cancel();
        stopWatching();
        connection.removeEventListener("abort", done);
        resolve();
      };
      const timer = this.#options.clock.after(waitMs, done);
      const stopWatching = this.#manager.watch(done);
      connection.addEventListener("abort", done);
    });
  }
}

/** A lease for longer, or another one where it has ended. */
async function renewed(
  before: Promise<NodeLease>,
  register: () => Promise<NodeLease>,
): Promise<NodeLease> {
  const lease = await before;
  try {
    await lease.renew();
    return lease;
  } catch (error) {
    if (error instanceof LeaseLostError) return register();
    throw error;
  }
}

const keyOf = ({
  nodeId,
  storeId,
}: {
  readonly nodeId: string;
  readonly storeId: string;
}): string => `${nodeId}\n${storeId}`;
