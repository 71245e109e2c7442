import type { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";
import { InvariantError } from "../simulation.ts";

import { databaseName, documentsOf } from "./client-service.ts";
import type { RunningNode } from "./cluster-program.ts";

/** When all is healed, all nodes are in sync and hold the same. */
export function checkConverged(
  hosts: readonly string[],
  running: ReadonlyMap<string, RunningNode>,
  configuration: MemoryConfiguration,
): void {
  const state = configuration.view().databases.get(databaseName)?.state;
  if (state === undefined) return; // No write has come through.
  const members = state.inSync.map(({ nodeId }) => nodeId);
  const missing = hosts.filter((host) => !members.includes(host));
  if (missing.length > 0) throw new InvariantError(`${missing.join(", ")} did not come in sync`);
  let first: { readonly host: string; readonly content: string } | undefined;
  for (const host of hosts) {
    const node = running.get(host);
    if (node === undefined) throw new InvariantError(`${host} is not up`);
    const entries = [...documentsOf(node).entries()];
    const content = JSON.stringify(entries);
    first ??= { host, content };
    if (content !== first.content) throw new InvariantError(`${host} and ${first.host} differ`);
  }
}
