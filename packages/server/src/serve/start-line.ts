import type { Store } from "@boxerdb/engine";
import type { ReplicationNode } from "@boxerdb/replication";

import packageJson from "../../package.json" with { type: "json" };
import { formatBytes, formatCountOf, formatDuration } from "../cli/units.ts";
import type { Logger } from "../logging/logger.ts";

/** What has been started. */
export interface Started {
  readonly url: string;
  readonly peerUrl: string | undefined;
  readonly store: Store;
  readonly node: ReplicationNode;
  /** How long the store took to open. */
  readonly openingMs: number;
}

/** Says what an operator looks for first: what runs, where, with what. */
export function logStart(log: Logger, { url, peerUrl, store, node, openingMs }: Started): void {
  const { role, nodeId } = node;
  const { directory, format, databases } = store.status();
  const keys = databases.reduce((sum, database) => sum + database.keys, 0);
  const bytes = databases.reduce((sum, database) => sum + database.bytes, 0);
  const fields = {
    url,
    peerUrl,
    role,
    nodeId,
    directory,
    pid: process.pid,
    versions: { boxerdb: packageJson.version, node: process.version, format },
    databases: databases.length,
    keys,
    bytes,
    openingMs: Math.round(openingMs),
  };
  log.info(
    fields,
    `BoxerDB listens on ${url} as ${role}, with its data in ${directory}: ` +
      `${formatCountOf(keys, "key")}, ${formatBytes(bytes)}, opened in ${durationOf(openingMs)}`,
  );
}

const durationOf = (durationMs: number): string =>
  durationMs < 1_000 ? `${Math.ceil(durationMs)} ms` : formatDuration(durationMs);
