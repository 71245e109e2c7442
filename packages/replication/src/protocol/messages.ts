/**
 * The messages between nodes, as PROTOCOL.md describes them. Paths, header names, codes and fields are
 * a contract between versions.
 *
 * Protocol versions:
 * - 2: a follower tells where clients reach it when it asks for the catalog.
 * - 1: catalog and pull.
 */
import { epoch, logOffset } from "@boxerdb/engine";
import { z } from "zod";

export const protocolVersion = 2;

export const catalogPath = "/peer/v1/catalog";
export const pullPath = "/peer/v1/pull";

/** Response headers of a pull. */
export const pullHeaders = {
  epoch: "boxerdb-epoch",
  nextOffset: "boxerdb-next-offset",
  highWatermark: "boxerdb-high-watermark",
  endOffset: "boxerdb-end-offset",
} as const;

const wholeNumber = z.int().nonnegative();
const offset = wholeNumber.transform(logOffset);
const epochNumber = wholeNumber.transform(epoch);

/** Who asks: a replica is a node with its data directory; an emptied directory is another replica. */
const replica = {
  /** The name of the node, as configured. */
  nodeId: z.string().min(1).max(256),
  /** The UUID of its data directory. */
  storeId: z.string().min(1).max(64),
};

const waitMs = wholeNumber.max(60_000);

/** A number in a header: decimal digits and nothing else. */
const headerNumber = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number)
  .pipe(wholeNumber);

/** A follower asks which databases there are; the answer waits while `version` is the newest. */
export const catalogRequestSchema = z.strictObject({
  protocol: z.literal(protocolVersion),
  ...replica,
  /** The version that the follower knows; 0 for none. */
  version: wholeNumber,
  /** Where clients reach the follower. */
  publicUrl: z.url({ protocol: /^https?$/ }).max(2_048),
  waitMs,
});
export type CatalogRequest = z.infer<typeof catalogRequestSchema>;

export const catalogResponseSchema = z.object({
  protocol: z.literal(protocolVersion),
  nodeId: z.string(),
  /** The UUID of the leader's data directory. */
  storeId: z.string(),
  /** Where clients reach the leader. */
  publicUrl: z.string(),
  version: wholeNumber,
  databases: z.array(z.object({ name: z.string(), id: z.string() })),
});
export type CatalogResponse = z.infer<typeof catalogResponseSchema>;

/**
 * A follower asks for the records of a database from `from` on, and says by this that all below is
 * synced on its disk. The answer waits while there is nothing new.
 */
export const pullRequestSchema = z.strictObject({
  protocol: z.literal(protocolVersion),
  ...replica,
  /** The UUID of the store that the follower copies. */
  leaderStoreId: z.string(),
  /** The UUID of the database. */
  databaseId: z.string(),
  from: offset,
  /** The epoch of the record before `from`; 0 where there is none. */
  lastEpoch: epochNumber,
  /** The CRC of the frame of that epoch's first record; 0 where there is none. */
  lastEpochChecksum: wholeNumber,
  /** The newest epoch that the follower knows of this database. */
  epoch: epochNumber,
  /** The high watermark that the follower knows; an answer is worth sending when it has risen. */
  highWatermark: offset,
  /** The leader holds them in memory. */
  maxBytes: wholeNumber.min(1).max(64 << 20),
  waitMs,
});
export type PullRequest = z.infer<typeof pullRequestSchema>;

/** What came of a pull that was answered with records, which may be none. */
export const pullResultSchema = z.object({
  epoch: headerNumber.transform(epoch),
  /** From where to pull next: the end of the log after these records and the gaps among them. */
  nextOffset: headerNumber.transform(logOffset),
  highWatermark: headerNumber.transform(logOffset),
  /** The end of the leader's log, for telling the lag. */
  endOffset: headerNumber.transform(logOffset),
});
export type PullResult = z.infer<typeof pullResultSchema>;

/** Why a request was refused. */
export const refusalSchema = z.discriminatedUnion("code", [
  /** There is no such database here; the catalog tells which there are. */
  z.object({ code: z.literal("unknown_database"), message: z.string() }),
  /** The follower copies another store; the catalog tells which this is. */
  z.object({ code: z.literal("other_store"), message: z.string() }),
  /** The follower knows a newer epoch: this node is no longer the leader. */
  z.object({ code: z.literal("stale_epoch"), message: z.string(), epoch: epochNumber }),
  /**
   * The follower's log is not a part of this one. They agree at most up to the end of `epoch`, the
   * newest epoch not beyond the follower's, at `endOffset`.
   */
  z.object({
    code: z.literal("diverged"),
    message: z.string(),
    epoch: epochNumber,
    endOffset: offset,
  }),
  /** Tombstones that the follower has not seen are gone: it must start from 0 in an empty directory. */
  z.object({ code: z.literal("below_purge_floor"), message: z.string(), purgeFloor: offset }),
  /** The request is malformed, or of a protocol that this node does not speak. */
  z.object({ code: z.literal("bad_request"), message: z.string() }),
  /** The node cannot answer now, such as when its log is damaged. */
  z.object({ code: z.literal("unavailable"), message: z.string() }),
]);
export type Refusal = z.infer<typeof refusalSchema>;

/**
 * The HTTP status of a request without the secret of the cluster, whatever it asks for. Its answer is
 * `{code: "unauthorized", message}`.
 */
export const unauthorizedStatus = 401;

/** The HTTP status of each refusal. */
export const refusalStatus = {
  unknown_database: 404,
  other_store: 409,
  stale_epoch: 409,
  diverged: 409,
  below_purge_floor: 410,
  bad_request: 400,
  unavailable: 503,
} as const satisfies Record<Refusal["code"], number>;
