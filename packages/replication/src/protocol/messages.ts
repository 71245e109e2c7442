/**
 * The messages between nodes, as PROTOCOL.md describes them. Paths, header names, codes and fields are
 * a contract between versions.
 *
 * Protocol versions:
 * - 3: epochs are of databases and agreed on before they are used; pulls name theirs, echo rounds of reads,
 *   and replicas are directories of one database.
 * - 2: a follower tells where clients reach it when it asks for the catalog.
 * - 1: catalog and pull.
 */
import { epoch, logOffset } from "@boxerdb/engine";
import { z } from "zod";

export const protocolVersion = 3;

export const catalogPath = "/peer/v1/catalog";
export const pullPath = "/peer/v1/pull";

/** Response headers of a pull. */
export const pullHeaders = {
  epoch: "boxerdb-epoch",
  nextOffset: "boxerdb-next-offset",
  highWatermark: "boxerdb-high-watermark",
  endOffset: "boxerdb-end-offset",
  purgeLimit: "boxerdb-purge-limit",
  purgeFloor: "boxerdb-purge-floor",
  compactedTo: "boxerdb-compacted-to",
  round: "boxerdb-round",
} as const;

const wholeNumber = z.int().nonnegative();
const offset = wholeNumber.transform(logOffset);
const epochNumber = wholeNumber.transform(epoch);

/** The name of a node, as configured. */
const nodeId = z.string().min(1).max(256);
/** See ReplicaId. */
const directoryId = z.string().min(1).max(128);
const replicaSchema = z.object({ nodeId, directoryId });

const waitMs = wholeNumber.max(60_000);

/** A number in a header: decimal digits and nothing else. */
const headerNumber = z
  .string()
  .regex(/^\d{1,16}$/)
  .transform(Number)
  .pipe(wholeNumber);

const publicUrl = z.url({ protocol: /^https?$/ }).max(2_048);

/**
 * A follower with a leader from configuration asks which databases there are, and in which epoch; the
 * answer waits while `version` is the newest.
 */
export const catalogRequestSchema = z.strictObject({
  protocol: z.literal(protocolVersion),
  nodeId,
  /** The UUID of its data directory. */
  storeId: z.string().min(1).max(64),
  /** The process and the version that the follower knows; "" and 0 for none. */
  processId: z.string().max(64),
  version: wholeNumber,
  /** Where clients reach the follower. */
  publicUrl,
  waitMs,
});
export type CatalogRequest = z.infer<typeof catalogRequestSchema>;

export const catalogResponseSchema = z.object({
  protocol: z.literal(protocolVersion),
  nodeId: z.string(),
  /** The UUID of the leader's data directory. */
  storeId: z.string(),
  /** A UUID of the cluster: of the store that its databases were first in. */
  clusterId: z.string(),
  /** Where clients reach the leader. */
  publicUrl: z.string(),
  /** A UUID of the leader's process: versions and revisions of one process are comparable. */
  processId: z.string(),
  version: wholeNumber,
  databases: z.array(
    z.object({
      name: z.string(),
      id: z.string(),
      revision: wholeNumber,
      epoch: epochNumber,
      leader: replicaSchema.optional(),
      inSync: z.array(replicaSchema),
    }),
  ),
});
export type CatalogResponse = z.infer<typeof catalogResponseSchema>;

/**
 * A follower asks for the records of a database from `from` on, and says by this that all below is
 * synced on its disk. The answer waits while there is nothing new.
 */
export const pullRequestSchema = z.strictObject({
  protocol: z.literal(protocolVersion),
  nodeId,
  directoryId,
  /** The UUID of the database. */
  databaseId: z.string(),
  from: offset,
  /** The epoch of the record before `from`; 0 where there is none. */
  lastEpoch: epochNumber,
  /** The CRC of the frame of that epoch's first record; 0 where there is none. */
  lastEpochChecksum: wholeNumber,
  /** The epoch of the database that the follower is in: the leader's, or the pull counts for nothing. */
  epoch: epochNumber,
  /** The newest round of reads that an answer in this epoch has named; 0 for none. */
  round: wholeNumber,
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
  /** Tombstones below it may go: no replica that may resume needs them. */
  purgeLimit: headerNumber.transform(logOffset),
  /** Tombstones below it may be missing in the leader's log, and so in a copy of it. */
  purgeFloor: headerNumber.transform(logOffset),
  /** Compaction has dropped records for the sake of others below it, which a copy must have to be whole. */
  compactedTo: headerNumber.transform(logOffset),
  /** The round of reads that the next pull confirms. */
  round: headerNumber,
});
export type PullResult = z.infer<typeof pullResultSchema>;

/** Why a request was refused. */
export const refusalSchema = z.discriminatedUnion("code", [
  /** There is no such database here: what the cluster has agreed on tells more. */
  z.object({ code: z.literal("unknown_database"), message: z.string() }),
  /** This node does not lead the database: what the cluster has agreed on tells who does. */
  z.object({ code: z.literal("not_leader"), message: z.string() }),
  /** This node leads in another epoch than the follower is in: one of them is late. */
  z.object({ code: z.literal("wrong_epoch"), message: z.string(), epoch: epochNumber }),
  /**
   * The follower's log is not a part of this one. They agree at most up to the end of `epoch`, the newest
   * reign not beyond the follower's last, at `endOffset`; `checksum` is of that reign's first record.
   */
  z.object({
    code: z.literal("diverged"),
    message: z.string(),
    epoch: epochNumber,
    checksum: wholeNumber,
    endOffset: offset,
  }),
  /** Tombstones that the follower has not seen are gone: it must copy all anew. */
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
  not_leader: 409,
  wrong_epoch: 409,
  diverged: 409,
  below_purge_floor: 410,
  bad_request: 400,
  unavailable: 503,
} as const satisfies Record<Refusal["code"], number>;
