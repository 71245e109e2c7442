/**
 * The following side of a node: learns from the leader which databases there are, and copies each of
 * them.
 */
import type { Store } from "@boxerdb/engine";

import type { PeerCredentials } from "../credentials.ts";
import { HaltedError } from "../errors.ts";
import type { NodeClock } from "../node-clock.ts";
import type { NodeLog } from "../node-log.ts";
import { protocolVersion, type CatalogResponse } from "../protocol/messages.ts";

import { DatabaseFollower } from "./database-follower.ts";
import { LeaderClient } from "./leader-client.ts";
import { pause, retryPauseMsAfter } from "./pause.ts";

export interface FollowerOptions {
  readonly store: Store;
  readonly nodeId: string;
  /** The leader's peer URL. */
  readonly leaderUrl: string;
  /** Where clients reach this node, which the leader tells those who ask it for the cluster. */
  readonly publicUrl: string;
  readonly credentials: PeerCredentials;
  readonly clock: NodeClock;
  readonly log: NodeLog;
}

const catalogWaitMs = 1_000;
const retryPauseMs = 500;

export class Follower {
  readonly #options: FollowerOptions;
  readonly #client: LeaderClient;
  readonly #abort = new AbortController();
  readonly #followers = new Map<string, DatabaseFollower>();
  readonly #running: Promise<void>;
  #catalog: CatalogResponse | undefined;
  #isConnected = false;
  /** What the last attempt failed with; undefined if it did not. */
  #lastFailure: string | undefined;
  #halted: HaltedError | undefined;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#client = new LeaderClient(options.leaderUrl, options.credentials);
    this.#running = this.#run();
  }

  get databases(): readonly DatabaseFollower[] {
    return [...this.#followers.values()];
  }

  database(name: string): DatabaseFollower | undefined {
    return this.#followers.get(name);
  }

  /** Where clients reach the leader; undefined before it has answered. */
  get leaderPublicUrl(): string | undefined {
    return this.#catalog?.publicUrl;
  }

  /** Whether the leader has answered the last request for the catalog. */
  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Whether all databases of the leader are copied here. */
  get hasCatalog(): boolean {
    return this.#catalog !== undefined;
  }

  /** Why the leader is no longer followed at all; undefined as long as it is. */
  get halted(): HaltedError | undefined {
    return this.#halted;
  }

  /** Shows these to the leader from the next request on. */
  async renewCredentials(credentials: PeerCredentials): Promise<void> {
    await this.#client.renewCredentials(credentials);
  }

  async close(): Promise<void> {
    this.#abort.abort();
    await this.#running;
    for (const follower of this.#followers.values()) await follower.close();
    await this.#client.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    const { clock, log, leaderUrl } = this.#options;
    while (!signal.aborted && this.#halted === undefined) {
      try {
        await this.#refresh();
        if (!this.#isConnected) log.info({ leaderUrl }, "following the leader");
        this.#isConnected = true;
        this.#lastFailure = undefined;
      } catch (error) {
        if (signal.aborted) return;
        this.#isConnected = false;
        if (error instanceof HaltedError) {
          this.#halted = error;
          log.error({ err: error }, "stopped following the leader");
          for (const follower of this.#followers.values()) await follower.close();
          return;
        }
        // One line for every reason, not one for every attempt.
        const failure = String(error);
        if (failure !== this.#lastFailure) {
          log.warn({ leaderUrl, err: error }, "no answer from the leader, retrying");
        }
        this.#lastFailure = failure;
        await pause(clock, retryPauseMsAfter(error, retryPauseMs), signal);
      }
    }
  }

  async #refresh(): Promise<void> {
    const { store, nodeId, publicUrl } = this.#options;
    const catalog = await this.#client.catalog(
      {
        protocol: protocolVersion,
        nodeId,
        storeId: store.id,
        version: this.#catalog?.version ?? 0,
        publicUrl,
        // The first answer of a leader that is back tells that it is, and should not wait for news.
        waitMs: this.#isConnected ? catalogWaitMs : 0,
      },
      this.#abort.signal,
    );
    await this.#adoptLeader(catalog);
    if (catalog.version !== this.#catalog?.version) await this.#follow(catalog);
    this.#catalog = catalog;
  }

  /**
   * A copy stays with the store that it was made from. A leader with another store, such as one whose
   * disk was emptied, would otherwise make its followers drop all that they have.
   */
  async #adoptLeader(catalog: CatalogResponse): Promise<void> {
    const { store, leaderUrl } = this.#options;
    if (catalog.storeId === store.id) {
      throw new HaltedError(
        `${leaderUrl} has the data directory that this node has: a follower needs one of its own`,
      );
    }
    if (store.replicaOf === undefined) {
      if (store.databases().length > 0) {
        throw new HaltedError(
          `${store.directory} holds databases that were not copied from a leader: ` +
            "start the follower on an empty data directory",
        );
      }
      await store.becomeReplicaOf(catalog.storeId);
    } else if (store.replicaOf !== catalog.storeId) {
      throw new HaltedError(
        `${store.directory} is a copy of store ${store.replicaOf}, and the leader at ${leaderUrl} has ` +
          `store ${catalog.storeId}: give the leader its data directory back, or, to copy the new ` +
          "one, start the follower on an empty data directory",
      );
    }
  }

  /** Creates, follows and drops databases, so that there are those of the catalog. */
  async #follow(catalog: CatalogResponse): Promise<void> {
    const { store, nodeId, clock, log } = this.#options;
    const ids = new Map(catalog.databases.map(({ name, id }) => [name, id]));
    for (const database of store.databases()) {
      if (ids.get(database.name) === database.id) continue;
      await this.#followers.get(database.name)?.close();
      this.#followers.delete(database.name);
      await store.dropDatabase(database.name);
      log.info({ database: database.name }, "dropped a database, as the leader has");
    }
    for (const [name, id] of ids) {
      if (!store.database(name).exists) await store.createReplica(name, id);
      const open = store.database(name).open;
      if (open === undefined || this.#followers.has(name)) continue;
      const replica = { nodeId, storeId: store.id };
      const { storeId: leaderStoreId } = catalog;
      const options = { name, open, replica, leaderStoreId, client: this.#client, clock, log };
      this.#followers.set(name, new DatabaseFollower(options));
    }
  }
}
