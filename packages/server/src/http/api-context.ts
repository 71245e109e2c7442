import type { Store } from "@boxerdb/engine";
import type { ReplicationNode } from "@boxerdb/replication";
import type { Hono } from "hono";

import type { AccessControl } from "../access/access-control.ts";
import type { Logger } from "../logging/logger.ts";
import type { RepeatedWarnings } from "../logging/repeated-warnings.ts";
import type { ServerMetrics } from "../metrics/server-metrics.ts";

import type { CorsOrigins } from "./cors.ts";
import type { WriteForwarding } from "./forwarding/write-forwarding.ts";
import type { RefusalCounts } from "./refusal-counts.ts";
import type { RequestSlots } from "./request-slots.ts";
import type { Bindings } from "./request-target.ts";
import type { TransferMemory } from "./transfer-memory.ts";
import type { UnhurriedBodies } from "./unhurried-bodies.ts";

/** What the API works on. */
export interface ApiContext {
  readonly store: Store;
  readonly node: ReplicationNode;
  readonly log: Logger;
  /** The largest body of one write, in bytes. */
  readonly maxBodyBytes: number;
  /** The largest body of a batch, in bytes. */
  readonly maxBatchBodyBytes: number;
  /** Pages of which origins may use it; undefined for no page of another one. */
  readonly corsOrigins: CorsOrigins | undefined;
  /** Whether the server is about to stop: it finishes what it has and wants no more. */
  readonly isClosing: () => boolean;
  /** Who may do what; undefined where everybody may do everything. */
  readonly access: AccessControl | undefined;
  readonly slots: RequestSlots;
  readonly transfers: TransferMemory;
  readonly refusals: RefusalCounts;
  readonly unhurried: UnhurriedBodies;
  /** Hands writes on to the leader; undefined where they are refused. */
  readonly forwarding: WriteForwarding | undefined;
  /** Aborted when the server begins to stop: answers that would last end then. */
  readonly stopping: AbortSignal;
  /** Where clients reach this node, as it was told or as it listens. */
  readonly publicUrl: string;
  readonly metrics: ServerMetrics;
  /** Where warnings go that many requests may cause at once. */
  readonly warnings: RepeatedWarnings;
  /** A request that takes longer is logged as slow; 0: none is. */
  readonly slowRequestMs: number;
  /** Milliseconds, with fractions, that only ever grow. */
  readonly monotonicMs: () => number;
}

/** The Hono environment of the API. */
export interface ApiEnvironment {
  Bindings: Bindings;
}

export type ApiApp = Hono<ApiEnvironment>;

/** The database and collection that `/api/v1` is short for. */
export const defaultName = "default";
