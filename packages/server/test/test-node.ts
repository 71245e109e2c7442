import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { open, type Store, type StoreOptions } from "@boxerdb/engine";
import { startNode, type NodeOptions, type ReplicationNode } from "@boxerdb/replication";

import type { ApiApp, ApiContext } from "../src/http/api-context.ts";
import { createApp } from "../src/http/app.ts";
import { RefusalCounts } from "../src/http/refusal-counts.ts";
import { RequestSlots } from "../src/http/request-slots.ts";
import { TransferMemory } from "../src/http/transfer-memory.ts";
import { UnhurriedBodies } from "../src/http/unhurried-bodies.ts";
import { createLogger } from "../src/logging/logger.ts";
import { RepeatedWarnings } from "../src/logging/repeated-warnings.ts";
import { ServerMetrics } from "../src/metrics/server-metrics.ts";

import { judgingAnswers } from "./openapi/judged-app.ts";

/**
 * A node with its API, in a directory of its own, without a port for clients. Every answer that it gives
 * must be one that the API's description tells of.
 */
export interface TestNode extends AsyncDisposable {
  readonly app: ApiApp;
  readonly store: Store;
  readonly node: ReplicationNode;
  readonly api: ApiContext;
}

/** What a test may want otherwise. By default: a leader, limits of 1 MiB and 2 MiB, nothing logged. */
export interface TestNodeOptions {
  readonly store?: StoreOptions;
  readonly node?: Partial<NodeOptions>;
  readonly api?: Partial<ApiContext>;
}

const MiB = 1024 * 1024;

/** Starts a node; what it has on disk goes when it is disposed of. */
export async function startTestNode(options: TestNodeOptions = {}): Promise<TestNode> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "boxerdb-server-"));
  started.defer(() => rm(directory, { recursive: true }));
  const metrics = new ServerMetrics();
  const store = await open(directory, {
    commit: "replicated",
    onGroupWritten: (group) => metrics.groups.written(group),
    maxValueBytes: MiB,
    maxBatchBytes: 2 * MiB,
    ...options.store,
  });
  started.defer(() => store.close());
  const log = createLogger({ logLevel: "silent", logFormat: "json" });
  const node = await startNode({
    store,
    nodeId: "n1",
    role: "leader",
    writeQuorum: 1,
    peerHost: "127.0.0.1",
    peerPort: 0,
    advertiseUrl: "http://leader.example:8080",
    log,
    ...options.node,
  });
  started.defer(() => node.close());
  const api: ApiContext = {
    store,
    node,
    log,
    maxBodyBytes: 1.5 * MiB,
    maxBatchBodyBytes: 2.5 * MiB,
    corsOrigins: undefined,
    isClosing: () => false,
    access: undefined,
    slots: new RequestSlots(1_000),
    transfers: new TransferMemory(64 * MiB),
    refusals: new RefusalCounts(),
    unhurried: new UnhurriedBodies(),
    forwarding: undefined,
    stopping: new AbortController().signal,
    publicUrl: "http://node.example:8080",
    metrics,
    warnings: new RepeatedWarnings(log, () => performance.now()),
    slowRequestMs: 1_000,
    monotonicMs: () => performance.now(),
    ...options.api,
  };
  const rest = started.move();
  return {
    app: judgingAnswers(createApp(api)),
    store,
    node,
    api,
    [Symbol.asyncDispose]: () => rest.disposeAsync(),
  };
}

/** The peer URL of a leader, for its followers. */
export const peerUrlOf = ({ node }: TestNode): string => `http://127.0.0.1:${node.peerPort}`;

const jsonHeaders = { "content-type": "application/json" };

/** A request with a JSON body. */
export const sending = (
  method: "PUT" | "POST" | "DELETE",
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): RequestInit => ({
  method,
  body: typeof body === "string" ? body : JSON.stringify(body),
  headers: { ...jsonHeaders, ...headers },
});

/** A request that puts a value. */
export const putting = (value: unknown, headers: Readonly<Record<string, string>> = {}) =>
  sending("PUT", { value }, headers);
