import type { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";

import { documentsOf } from "./client-service.ts";
import type { RunningNode } from "./cluster-program.ts";

/** The nodes that are not in sync with some database. */
export function laggards(
  hosts: readonly string[],
  configuration: MemoryConfiguration,
): readonly string[] {
  const members = [...configuration.view().databases.values()].map(
    ({ state }) => new Set(state.inSync.map(({ nodeId }) => nodeId)),
  );
  return hosts.filter((host) => members.some((inSync) => !inSync.has(host)));
}

/** In what nodes differ; undefined where all are up and in sync, and hold the same. */
export function differenceBetween(
  hosts: readonly string[],
  running: ReadonlyMap<string, RunningNode>,
  configuration: MemoryConfiguration,
): string | undefined {
  const missing = laggards(hosts, configuration);
  if (missing.length > 0) return `${missing.join(", ")} did not come in sync`;
  const { databases } = configuration.view();
  const agreed = [...databases].map(([name, { state }]) => `${name} ${state.id}`).toSorted();
  let first: { readonly host: string; readonly content: string } | undefined;
  for (const host of hosts) {
    const node = running.get(host);
    if (node === undefined) return `${host} is not up`;
    const { store } = node;
    const kept = store.databases().map(({ name, id }) => `${name} ${id}`);
    if (String(kept.toSorted()) !== String(agreed)) {
      return `${host} has the databases ${kept.join(", ")}; agreed on are ${agreed.join(", ")}`;
    }
    const entries = [...databases.keys()].map((name) => [...documentsOf(store, name).list()]);
    const content = JSON.stringify(entries);
    first ??= { host, content };
    if (content !== first.content) return `${host} and ${first.host} differ`;
  }
  return undefined;
}
