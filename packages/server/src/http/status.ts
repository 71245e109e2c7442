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

function statusOf({ store, node, isClosing }: ApiContext) {
  const stored = store.status();
  const replicated = node.status();
  const { nodeId, databases: _, ...ofNode } = replicated;
  return {
    node: nodeId,
    ...ofNode,
    // Each database has an epoch of its own; this is the newest of them.
    epoch: Math.max(0, ...stored.databases.map(({ epoch }) => epoch)),
    closing: isClosing(),
    store: stored.id,
    databases: stored.databases.map((database) => ({
      ...databaseStatus(database),
      ...replicationStatus(replicated, database.name),
    })),
    versions: { boxerdb: packageJson.version, node: process.version, format: stored.format },
    pid: process.pid,
    uptimeSeconds: Math.floor(process.uptime()),
  };
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
    return { inSync: led?.inSync ?? 0, followers: followers ?? [] };
  }
  const followed = status.databases.find((database) => database.name === name);
  const { lagRecords = null, sinceContactMs = null, halted = null } = followed ?? {};
  return { lag: lagRecords === null ? null : { records: lagRecords, sinceContactMs }, halted };
}
