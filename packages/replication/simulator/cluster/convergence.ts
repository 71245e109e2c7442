import type { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";

import { databaseName, documentsOf } from "./client-service.ts";
import type { RunningNode } from "./cluster-program.ts";

/** The nodes that are not in sync. None before a write has come through. */
export function laggards(
  hosts: readonly string[],
  configuration: MemoryConfiguration,
): readonly string[] {
  const state = configuration.view().databases.get(databaseName)?.state;
  if (state === undefined) return [];
  const members = state.inSync.map(({ nodeId }) => nodeId);
  return hosts.filter((host) => !members.includes(host));
}

/** In what nodes differ; undefined where all are up and in sync, and hold the same. */
export function differenceBetween(
  hosts: readonly string[],
  running: ReadonlyMap<string, RunningNode>,
  configuration: MemoryConfiguration,
): string | undefined {
  const missing = laggards(hosts, configuration);
  if (missing.length > 0) return `${missing.join(", ")} did not come in sync`;
  let first: { readonly host: string; readonly content: string } | undefined;
  for (const host of hosts) {
    const node = running.get(host);
    if (node === undefined) return `${host} is not up`;
    const content = JSON.stringify([...documentsOf(node).entries()]);
    first ??= { host, content };
    if (content !== first.content) return `${host} and ${first.host} differ`;
  }
  return undefined;
}
