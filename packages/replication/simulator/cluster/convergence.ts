import { CorruptionError, type Store } from "@boxerdb/engine";

import type { DatabaseState } from "../../src/configuration/configuration-manager.ts";
import type { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";
import { replicaOf } from "../../src/database-log.ts";
import { isSameReplica } from "../../src/replica-id.ts";

import { documentsOf } from "./client-service.ts";
import type { RunningNode } from "./cluster-program.ts";
import type { LostReplicas } from "./lost-replicas.ts";

/** Nodes that should come to hold the same. */
export interface HealedCluster {
  readonly hosts: readonly string[];
  readonly running: ReadonlyMap<string, RunningNode>;
  readonly configuration: MemoryConfiguration;
  /** The replicas from which faults have taken what they had. */
  readonly lost: LostReplicas;
}

/** The nodes that are not in sync with some database. */
export function laggards(cluster: HealedCluster): readonly string[] {
  const { hosts, configuration } = cluster;
  const { databases } = configuration.view();
  const members = sharedDatabases(cluster).flatMap((name) => {
    const inSync = databases.get(name)?.state.inSync;
    return inSync === undefined ? [] : [new Set(inSync.map(({ nodeId }) => nodeId))];
  });
  return hosts.filter((host) => members.some((inSync) => !inSync.has(host)));
}

/** The names of the databases that all nodes must come to hold alike: all but orphans. */
export function sharedDatabases(cluster: HealedCluster): readonly string[] {
  return [...cluster.configuration.view().databases]
    .filter(([name, { state }]) => !isOrphaned(name, state, cluster))
    .map(([name]) => name);
}

/**
 * Whether nobody leads, and each replica in sync is gone, by a fault that took what it had: one that is gone
 * otherwise is a mistake of ours. By rule 2 an operator has to decide then what to lose. No fault that takes
 * data does that alone, as it leaves a replica in sync that has all. It takes a second one before the first
 * replica is out of those in sync: the log of their leader fails, which leaves its office to them, and itself
 * is in sync no more (rule 14).
 */
function isOrphaned(
  name: string,
  { leader, inSync }: DatabaseState,
  { running, lost }: HealedCluster,
): boolean {
  if (leader !== undefined) return false;
  return inSync.every((member) => {
    if (!lost.has(member)) return false;
    const node = running.get(member.nodeId);
    const open = node?.store.database(name).open;
    if (node === undefined || open === undefined) return node !== undefined;
    return !isSameReplica(replicaOf(member.nodeId, node.store, open), member);
  });
}

/** All that is in some databases of a store, as text; undefined where damage is met. */
function contentOf(store: Store, databases: readonly string[]): string | undefined {
  try {
    return JSON.stringify(databases.map((name) => [...documentsOf(store, name).list()]));
  } catch (error) {
    if (error instanceof CorruptionError) return undefined; // It is to be healed.
    throw error;
  }
}

/** In what nodes differ; undefined where all are up, in sync and sound, and hold the same but for orphans. */
export function differenceBetween(cluster: HealedCluster): string | undefined {
  const { hosts, running, configuration } = cluster;
  const missing = laggards(cluster);
  if (missing.length > 0) return `${missing.join(", ")} did not come in sync`;
  const { databases } = configuration.view();
  const agreed = [...databases].map(([name, { state }]) => `${name} ${state.id}`).toSorted();
  const shared = sharedDatabases(cluster);
  let first: { readonly host: string; readonly content: string } | undefined;
  for (const host of hosts) {
    const node = running.get(host);
    if (node === undefined) return `${host} is not up`;
    const { store } = node;
    const kept = store.databases().map(({ name, id }) => `${name} ${id}`);
    if (String(kept.toSorted()) !== String(agreed)) {
      return `${host} has the databases ${kept.join(", ")}; agreed on are ${agreed.join(", ")}`;
    }
    const content = contentOf(store, shared);
    const isDamaged = shared.some((name) => store.database(name).open?.log.damage !== undefined);
    if (content === undefined || isDamaged) return `${host} has a log that is damaged`;
    first ??= { host, content };
    if (content !== first.content) return `${host} and ${first.host} differ`;
  }
  return undefined;
}
