import type { DatabaseState } from "../../src/configuration/configuration-manager.ts";
import type { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";
import { replicaOf } from "../../src/database-log.ts";
import { isSameReplica } from "../../src/replica-id.ts";

import { documentsOf } from "./client-service.ts";
import type { RunningNode } from "./cluster-program.ts";

/** Nodes that should come to hold the same. */
export interface HealedCluster {
  readonly hosts: readonly string[];
  readonly running: ReadonlyMap<string, RunningNode>;
  readonly configuration: MemoryConfiguration;
  /** Whether any of them has lost what it had on its disk. */
  readonly hasLostData: boolean;
}

/** The nodes that are not in sync with some database. */
export function laggards(cluster: HealedCluster): readonly string[] {
  const { hosts, configuration } = cluster;
  const members = [...configuration.view().databases]
    .filter(([name, { state }]) => !isOrphaned(name, state, cluster))
    .map(([, { state }]) => new Set(state.inSync.map(({ nodeId }) => nodeId)));
  return hosts.filter((host) => members.some((inSync) => !inSync.has(host)));
}

/**
 * Whether nobody leads and all that were in sync have lost their disks since. By rule 2 an operator has to
 * decide then what to lose. It takes two faults at a time: a replica in sync loses its disk, and before it is
 * out of the in-sync replicas the leader's log fails, so that it leaves its office to them.
 */
function isOrphaned(
  name: string,
  { leader, inSync }: DatabaseState,
  { running, hasLostData }: HealedCluster,
): boolean {
  if (leader !== undefined || !hasLostData) return false;
  return inSync.every((member) => {
    const node = running.get(member.nodeId);
    const open = node?.store.database(name).open;
    if (node === undefined || open === undefined) return node !== undefined;
    return !isSameReplica(replicaOf(member.nodeId, node.store, open), member);
  });
}

/** In what nodes differ; undefined where all are up and in sync, and hold the same but for orphans. */
export function differenceBetween(cluster: HealedCluster): string | undefined {
  const { hosts, running, configuration } = cluster;
  const missing = laggards(cluster);
  if (missing.length > 0) return `${missing.join(", ")} did not come in sync`;
  const { databases } = configuration.view();
  const agreed = [...databases].map(([name, { state }]) => `${name} ${state.id}`).toSorted();
  const whole = [...databases].filter(([name, { state }]) => !isOrphaned(name, state, cluster));
  let first: { readonly host: string; readonly content: string } | undefined;
  for (const host of hosts) {
    const node = running.get(host);
    if (node === undefined) return `${host} is not up`;
    const { store } = node;
    const kept = store.databases().map(({ name, id }) => `${name} ${id}`);
    if (String(kept.toSorted()) !== String(agreed)) {
      return `${host} has the databases ${kept.join(", ")}; agreed on are ${agreed.join(", ")}`;
    }
    const entries = whole.map(([name]) => [...documentsOf(store, name).list()]);
    const content = JSON.stringify(entries);
    first ??= { host, content };
    if (content !== first.content) return `${host} and ${first.host} differ`;
  }
  return undefined;
}
