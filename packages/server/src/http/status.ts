import type { DatabaseStatus } from "@boxerdb/engine";
import type { NodeStatus } from "@boxerdb/replication";

import packageJson from "../../package.json" with { type: "json" };

import type { ApiContext } from "./api-context.ts";
import { jsonAnswer } from "./data-answer.ts";
import type { Handler } from "./exchange/answer.ts";
import { refuseQuery } from "./query.ts";
import type { Resource } from "./resources.ts";

/** `GET /status`: what this node is, holds and does, for people and monitors. */
export function statusResource(api: ApiContext): Resource {
  const get: Handler = ({ target }) => {
    refuseQuery(target.query);
    return jsonAnswer(statusOf(api));
  };
  return { path: "/status", handlers: { GET: get } };
}

function statusOf({ store, node, publicUrl, isClosing }: ApiContext) {
  const stored = store.status();
  const replicated = node.status();
  const { nodeId, databases: _, ...ofNode } = replicated;
  const readiness = node.readiness();
  return {
    node: nodeId,
    url: publicUrl,
    ...ofNode,
    // Each database has an epoch of its own; this is the newest of them.
    epoch: Math.max(0, ...stored.databases.map(({ epoch }) => epoch)),
    ready: readiness.ready && !isClosing(),
    reason: readiness.reason ?? null,
    closing: isClosing(),
    store: stored.id,
    databases: stored.databases.map((database) => ({
      ...databaseStatus(database),
      ...replicationStatus(replicated, database.name),
    })),
    cache: stored.blockCache,
    memory: memoryStatus(stored.databases),
    versions: { boxerdb: packageJson.version, node: process.version, format: stored.format },
    pid: process.pid,
    uptimeSeconds: Math.floor(process.uptime()),
  };
}

/** Memory in bytes: of the process, of what JavaScript has of it, and of the indexes, which is outside of that. */
function memoryStatus(databases: readonly DatabaseStatus[]) {
  const { rss, heapTotal, heapUsed, external, arrayBuffers } = process.memoryUsage();
  const index = databases.reduce((sum, { indexBytes }) => sum + indexBytes, 0);
  return { rss, heapTotal, heapUsed, external, arrayBuffers, index };
}

function databaseStatus({
  endOffset,
  syncedOffset,
  highWatermark,
  appliedOffset,
  purgeFloor,
  ...rest
}: DatabaseStatus) {
  const offsets = { end: endOffset, synced: syncedOffset, highWatermark, applied: appliedOffset };
  return { ...rest, offsets: { ...offsets, purgeFloor } };
}

/** On a leader the followers of a database, on a follower how far it is behind. */
function replicationStatus(status: NodeStatus, name: string) {
  if (status.role === "leader") {
    const led = status.databases.find((database) => database.name === name);
    const followers = led?.followers.map((follower) => ({
      ...follower,
      inSync: follower.membership === "in-sync",
    }));
    return { inSync: led?.inSync ?? 0, served: led?.served ?? null, followers: followers ?? [] };
  }
  const followed = status.databases.find((database) => database.name === name);
  const { lagRecords = null, lagMs = null, sinceContactMs = null, halted = null } = followed ?? {};
  const {
    recordsPerSecond = null,
    remainingMs = null,
    resync = null,
    isInSync = null,
  } = followed ?? {};
  const lag =
    lagRecords === null
      ? null
      : { records: lagRecords, ms: lagMs, sinceContactMs, recordsPerSecond, remainingMs };
  return { lag, resync, isInSync, pulled: followed?.pulled ?? null, halted };
}
