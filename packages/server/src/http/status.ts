import type { DatabaseStatus } from "@boxerdb/engine";
import type { FollowedDatabase, NodeStatus } from "@boxerdb/replication";

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
  wholeFrom,
  purgeFloor,
  ...rest
}: DatabaseStatus) {
  const offsets = { end: endOffset, synced: syncedOffset, highWatermark, applied: appliedOffset };
  return { ...rest, offsets: { ...offsets, wholeFrom, purgeFloor } };
}

/** Where this node leads a database its followers, where it follows one how far it is behind. */
function replicationStatus({ databases }: NodeStatus, name: string) {
  const database = databases.find((one) => one.name === name);
  if (database?.role === "leader") {
    const { role, inSync, served } = database;
    const followers = database.followers.map((follower) => ({
      ...follower,
      inSync: follower.membership === "in-sync",
    }));
    return { role, inSync, served, followers };
  }
  const { role = "none", leader = null, connected = false, resync = null } = database ?? {};
  const { isInSync = null, pulled = null, halted = null } = database ?? {};
  const lag = database === undefined ? null : lagOf(database);
  return { role, leader, connected, lag, resync, isInSync, pulled, halted };
}

/** Null before the leader has answered. */
const lagOf = ({
  lagRecords: records,
  lagMs: ms,
  sinceContactMs,
  recordsPerSecond,
  remainingMs,
}: FollowedDatabase) =>
  records === null ? null : { records, ms, sinceContactMs, recordsPerSecond, remainingMs };
