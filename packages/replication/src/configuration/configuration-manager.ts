/**
 * Where a cluster agrees on who leads which database. Everything that nodes decide together is one
 * value per database, changed by compare-and-set, and one lease per node. Replication needs no more,
 * and no less, than what is stated here:
 *
 * - `compareAndSet` is atomic: of all that name the same revision, one is applied at most. It is the
 *   only authority. Where it rejects, it is not known whether it was applied, or will be yet: until a
 *   newer revision is seen, both must be reckoned with.
 * - `read` answers with what was true at some moment after it was called.
 * - A lease ends at the earliest `ttlMs` after its last renewal was sent, by the clock of the manager;
 *   clocks run at about the same speed, but need not show the same time.
 * - `watch` is a hint: calls may be lost, late, doubled, or for nothing.
 * - Every call settles: an implementation gives up by itself and rejects, in much less than a lease lasts.
 */
import type { Epoch } from "@boxerdb/engine";

import type { ReplicaId } from "../replica-id.ts";

/**
 * One count of all changes that the manager makes, of databases and of nodes. The revision of a database
 * is the one by which it came to its state: equal revisions mean equal states, a higher one a newer state,
 * also where the database was removed in between and made again.
 */
export type Revision = number & { readonly __brand: "Revision" };

/** Throws RangeError for what is no whole number of at least 0. */
export function revision(value: number): Revision {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`${value} is no revision`);
  return value as Revision;
}

/** What the cluster has agreed on about one database. */
export interface DatabaseState {
  /** The UUID of the database. */
  readonly id: string;
  // Invariant: never falls; a new leader, or the end of a reign, raises it by one.
  readonly epoch: Epoch;
  /** Who leads in this epoch. Undefined: nobody, and any of `inSync` may begin the next one. */
  readonly leader: ReplicaId | undefined;
  // Invariant: holds the leader, if there is one; never empty.
  /** The replicas that have all that is committed: only they may lead. */
  readonly inSync: readonly ReplicaId[];
}

/** A state and the revision by which to change it. */
export interface VersionedState {
  readonly state: DatabaseState;
  readonly revision: Revision;
}

/** A node that is there: its lease has not ended. */
export interface NodeAddress {
  readonly nodeId: string;
  /** Where other nodes reach it. */
  readonly peerUrl: string;
  /** Where clients reach it. */
  readonly publicUrl: string;
}

/** All that is known of a cluster at one moment. */
export interface ClusterView {
  /** A UUID that is made with the cluster: what nodes hold of another one does not belong to it. */
  readonly id: string;
  /** The node that alone creates databases; undefined where each may. */
  readonly creator: string | undefined;
  /** All changes up to this one are in the view, and none after: of two views, the higher is the newer. */
  readonly revision: Revision;
  /** By name. */
  readonly databases: ReadonlyMap<string, VersionedState>;
  /** By node id: those whose lease has not ended. */
  readonly nodes: ReadonlyMap<string, NodeAddress>;
}

/** What came of a compare-and-set. */
export type CompareAndSetResult =
  | { readonly applied: true; readonly revision: Revision }
  /** Another change came first; `current` is what there is now, undefined where the database is gone. */
  | { readonly applied: false; readonly current: VersionedState | undefined };

export interface ConfigurationManager {
  /** Rejects with ConfigurationUnavailableError. */
  read(): Promise<ClusterView>;
  /**
   * Gives a database a new state if its revision is still `expected`; undefined: if there is no such
   * database. `next` undefined: removes it. A rejection says nothing about whether it was done.
   */
  compareAndSet(
    name: string,
    expected: Revision | undefined,
    next: DatabaseState | undefined,
  ): Promise<CompareAndSetResult>;
  /**
   * Makes a node known until its lease ends. A registration of the same node id replaces the one before,
   * whose lease counts for nothing from then on. Rejects with ConfigurationUnavailableError; it may have
   * been done then, or may be later, but never in place of a registration that came after.
   */
  register(node: NodeAddress, ttlMs: number): Promise<NodeLease>;
  /** Calls back when something may have changed. Returns how to stop that. */
  watch(listener: () => void): () => void;
  /** Stops watching; other calls reject from then on. Leases end by themselves. */
  close(): Promise<void>;
}

/** A node's claim to be there. */
export interface NodeLease {
  /**
   * Has it last for `ttlMs` from the moment that this was called, at least. Rejects with LeaseLostError
   * where it has ended, and with ConfigurationUnavailableError where that is not known.
   */
  renew(): Promise<void>;
  /** Ends it, unless it has ended. Rejects with ConfigurationUnavailableError. */
  release(): Promise<void>;
}
