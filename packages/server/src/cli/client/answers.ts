/** What the server answers, as schemas: everything that comes over the network is checked here. */

import type { JsonValue } from "@boxerdb/engine";
import { z } from "zod";

const offset = z.number().int().nonnegative();

/** A whole number as a status tells it. */
const whole = z.number().nonnegative();

/** Text that was parsed as JSON holds JSON: only its presence is to be checked. */
const jsonValue = z.custom<JsonValue>((value) => value !== undefined, "a value is missing");

/** An error, as RFC 9457 has it, with BoxerDB's `code` and `message`. */
export const problemAnswer = z.object({
  code: z.string(),
  message: z.string(),
  leader: z.string().optional(),
  // How much an import has stored.
  documents: whole.optional(),
  lines: whole.optional(),
});

/** A JSON value, or bytes. */
export const valueAnswer = z
  .object({ value: jsonValue.optional(), base64: z.base64().optional() })
  .refine(({ value, base64 }) => value !== undefined || base64 !== undefined, {
    error: "a value is missing",
    path: ["value"],
  });

export const listAnswer = z.object({
  entries: z.array(
    z.object({
      key: z.string(),
      value: jsonValue.optional(),
      // In the place of a value that is bytes.
      base64: z.string().optional(),
      offset,
    }),
  ),
  cursor: z.string().optional(),
});

/** One line of a feed. It may say more than is asked of it here. */
export const changeAnswer = z.looseObject({
  offset,
  op: z.enum(["put", "delete"]),
  collection: z.string(),
  key: z.string(),
  value: jsonValue.optional(),
  base64: z.string().optional(),
});

export const countAnswer = z.object({ count: z.number().int().nonnegative() });

export const batchAnswer = z.object({ offset });

const stored = { documents: whole, lines: whole };

export const importAnswer = z.object(stored);

export const importProgressAnswer = z.object({ ...stored, complete: z.boolean() });

export const databaseAnswer = z.object({
  name: z.string(),
  collections: z.array(z.object({ name: z.string(), keys: z.number().int().nonnegative() })),
});

/** One document in a listing; neither value nor bytes where only keys were asked for. */
export type ListedEntry = z.infer<typeof listAnswer>["entries"][number];

/** A change as a feed tells it. */
export type ToldChange = z.infer<typeof changeAnswer>;

export type ListAnswer = z.infer<typeof listAnswer>;

/** How much of an import is stored, by all of its requests. */
export type ImportAnswer = z.infer<typeof importAnswer>;

export type ImportProgressAnswer = z.infer<typeof importProgressAnswer>;

export type DatabaseAnswer = z.infer<typeof databaseAnswer>;

const followerStatus = z.object({
  nodeId: z.string(),
  syncedOffset: whole,
  lagRecords: whole,
  lagMs: whole.nullish(),
  membership: z.string(),
  reason: z.string().nullish(),
  sincePullMs: whole,
});

const databaseStatus = z.object({
  name: z.string(),
  keys: whole,
  bytes: whole,
  epoch: whole,
  offsets: z.object({ end: whole, synced: whole, highWatermark: whole, applied: whole }),
  /** What the node is for this database. */
  role: z.string().nullish(),
  leader: z.object({ nodeId: z.string(), url: z.string() }).nullish(),
  connected: z.boolean().nullish(),
  followers: z.array(followerStatus).nullish(),
  inSync: whole.nullish(),
  lag: z
    .object({
      records: whole,
      ms: whole.nullish(),
      sinceContactMs: whole.nullish(),
      recordsPerSecond: whole.nullish(),
      remainingMs: whole.nullish(),
    })
    .nullish(),
  resync: z.object({ offset: whole, goal: whole }).nullish(),
  poisoned: z.object({ message: z.string() }).nullish(),
  halted: z.string().nullish(),
});

const knownFollower = z.object({
  nodeId: z.string(),
  storeId: z.string(),
  url: z.string(),
  connected: z.boolean(),
  sinceContactMs: whole,
});

/** What `boxerdb status` shows of the answer of `/status`, which tells more. */
export const statusAnswer = z.object({
  node: z.string(),
  /** The UUID of its data directory. */
  store: z.string(),
  role: z.string(),
  leaderUrl: z.string().nullish(),
  writeQuorum: whole.nullish(),
  connected: z.boolean().nullish(),
  ready: z.boolean().nullish(),
  /** Why it is not ready. */
  reason: z.string().nullish(),
  /** On a leader: all followers that it has heard of since it started. */
  followers: z.array(knownFollower).nullish(),
  halted: z.string().nullish(),
  closing: z.boolean(),
  databases: z.array(databaseStatus),
  versions: z.object({ boxerdb: z.string(), node: z.string() }),
  pid: whole,
  uptimeSeconds: whole,
});

export type NodeStatus = z.infer<typeof statusAnswer>;
