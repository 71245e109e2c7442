import { z } from "zod";

import { json, type PathOperations } from "./operation.ts";
import { describeObject, describeSchema } from "./schema-text.ts";
import { count } from "./shared-schemas.ts";

const milliseconds = z.int().nonnegative();

const segment = describeObject(
  z.object({
    baseOffset: count,
    endOffset: count,
    bytes: count,
    recordBytes: count,
    liveBytes: count,
    deadBytes: count,
    tombstoneBytes: count,
    expiringBytes: count,
    expiredBytes: count,
    sealed: z.boolean(),
    compacted: z.boolean(),
  }),
  { id: "SegmentStatus", description: "One file of the log." },
  {
    baseOffset: "The offset of its first record.",
    endOffset: "The offset after its last record.",
    bytes: "The length of the file.",
    recordBytes: "Bytes of committed records.",
    liveBytes: "Of them, those that must stay.",
    deadBytes: "Of them, those that compaction can drop.",
    tombstoneBytes: "Of the live ones, deletions that hide older records.",
    expiringBytes: "Of the live ones, values that expire.",
    expiredBytes: "Of these, the ones that have.",
    sealed: "Whether nothing is appended to it any more.",
    compacted: "Whether compaction has written it.",
  },
);

const compactionRun = describeObject(
  z.object({
    baseOffset: count,
    endOffset: count,
    segments: count,
    phase: z.enum(["rewriting", "relocating"]),
    totalBytes: count,
    readBytes: count,
    writtenBytes: count,
  }),
  { id: "CompactionRun", description: "What compaction is doing now." },
  {
    baseOffset: "Where the run of segments begins.",
    endOffset: "Where it ends, exclusive.",
    segments: "How many segments it has.",
    phase: "Whether they are written anew, or the index is moved to what was written.",
    totalBytes: "Bytes to read in this phase.",
    readBytes: "Bytes read in this phase.",
    writtenBytes: "Bytes written.",
  },
);

const compaction = describeObject(
  z.object({
    runs: count,
    failures: count,
    readBytes: count,
    writtenBytes: count,
    reclaimedBytes: count,
    writeAmplification: z.number().nonnegative().optional(),
    debt: z.number().nonnegative(),
    throttles: count,
    isThrottling: z.boolean(),
    running: compactionRun.optional(),
  }),
  {
    id: "CompactionStatus",
    description: "What compaction has done since the database was opened.",
  },
  {
    runs: "Runs that are done.",
    failures: "Runs that have failed; nothing is lost by that.",
    readBytes: "Bytes read by the runs that are done.",
    writtenBytes: "Bytes written in their place.",
    reclaimedBytes: "The difference.",
    writeAmplification:
      "Bytes written to files for each byte of records that writers have written; absent before the first.",
    debt: "How far writers are ahead of compaction, of what makes them wait.",
    throttles: "How often writers have had to wait for compaction.",
    isThrottling: "Whether they have to now.",
    running: "What is going on; absent where nothing is.",
  },
);

const checkpoint = describeObject(
  z.object({
    offset: count,
    bytes: count,
    uncoveredLogBytes: count,
    written: count,
    failures: count,
  }),
  { id: "CheckpointStatus", description: "The images of the index." },
  {
    offset: "All records below it are covered by the newest one.",
    bytes: "The length of its file.",
    uncoveredLogBytes: "Bytes of the log since then, which are read when the database is opened.",
    written: "How many were written since the database was opened.",
    failures: "How many could not be.",
  },
);

const offsets = describeObject(
  z.object({
    end: count,
    synced: count,
    highWatermark: count,
    applied: count,
    wholeFrom: count,
    purgeFloor: count,
  }),
  { id: "DatabaseOffsets", description: "How far a database is, in offsets." },
  {
    end: "The offset that the next record gets.",
    synced: "Records below it are durable here.",
    highWatermark: "Records below it are committed.",
    applied: "Records below it are visible to reads here.",
    wholeFrom:
      "Before so much is applied, a copy that catches up answers no reads: it would show states that its leader was never in.",
    purgeFloor:
      "Deletions below it may be gone: a feed or a replica that resumes below starts anew.",
  },
);

const follower = describeObject(
  z.object({
    nodeId: z.string(),
    syncedOffset: count,
    lagRecords: z.int(),
    lagMs: milliseconds,
    membership: z.string(),
    reason: z.string().nullable(),
    sincePullMs: milliseconds,
    inSync: z.boolean(),
  }),
  { id: "FollowerStatus", description: "A follower's copy, as its leader knows it." },
  {
    nodeId: "The follower.",
    syncedOffset: "All records below it are durable there.",
    lagRecords: "How many records are not.",
    lagMs: "Milliseconds since all were; 0 while all are.",
    membership: "Whether commits wait for it.",
    reason: "Why it is not in sync; null where it is.",
    sincePullMs: "Milliseconds since it last asked.",
    inSync: "Whether it counts for the write quorum.",
  },
);

const databaseShape = {
  name: z.string(),
  id: z.string(),
  keys: count,
  bytes: count,
  epoch: count,
  inFlightBytes: count,
  indexBytes: count,
  openSnapshots: count,
  openFeeds: count,
  checkpoint,
  segments: z.array(segment),
  compaction,
  poisoned: z.object({ code: z.string(), message: z.string() }).optional(),
  offsets,
};
const databaseTexts = {
  name: "Its name.",
  id: "Tells it from another of the same name.",
  keys: "How many keys it has.",
  bytes: "The length of its files.",
  epoch: "The number of its leader's reign.",
  inFlightBytes: "Writes that are on their way to the disk.",
  indexBytes: "Memory that the index holds.",
  openSnapshots: "Snapshots, iterations and checkpoints under way.",
  openFeeds: "Change feeds that are being read.",
  checkpoint: "The images of the index.",
  segments: "The files of its log.",
  compaction: "What compaction does.",
  poisoned: "Why it takes no writes; absent as long as it does.",
  offsets: "How far it is.",
};

const ledDatabase = describeObject(
  z.object({
    ...databaseShape,
    role: z.literal("leader"),
    inSync: count,
    served: z.object({ pulls: count, bytes: count }),
    followers: z.array(follower),
  }),
  { id: "LedDatabaseStatus", description: "A database on its leader." },
  {
    ...databaseTexts,
    role: "This node leads it.",
    inSync: "How many nodes are in sync, this one among them.",
    served: "Pulls that were answered in this reign, and the bytes in the answers.",
    followers: "Who copies it.",
  },
);

const lag = describeObject(
  z.object({
    records: z.int(),
    ms: milliseconds.nullable(),
    sinceContactMs: milliseconds.nullable(),
    recordsPerSecond: count.nullable(),
    remainingMs: milliseconds.nullable(),
  }),
  { id: "Lag", description: "How far a follower is behind." },
  {
    records: "By how many records.",
    ms: "Milliseconds since it had all that the leader had; 0 while it has; null before it has.",
    sinceContactMs: "Milliseconds since its leader answered.",
    recordsPerSecond: "Records that came in a second, of late; null before that can be said.",
    remainingMs:
      "Milliseconds until it has all, if it and the writers go on like this; 0 where it has; null where it does not get nearer, or that cannot be said yet.",
  },
);

const followedDatabase = describeObject(
  z.object({
    ...databaseShape,
    role: z.enum(["follower", "none"]),
    leader: z.object({ nodeId: z.string(), url: z.string() }).nullable(),
    connected: z.boolean(),
    lag: lag.nullable(),
    resync: z.object({ offset: count, goal: count }).nullable(),
    isInSync: z.boolean().nullable(),
    pulled: z.object({ pulls: count, failures: count, bytes: count }).nullable(),
    halted: z.string().nullable(),
  }),
  { id: "FollowedDatabaseStatus", description: "A database on a node that does not lead it." },
  {
    ...databaseTexts,
    role: "Whether this node follows who leads it, or nobody is known to lead it.",
    leader: "Who leads it, and where clients reach that node; null where nobody does.",
    connected: "Whether the leader answers.",
    lag: "How far it is behind; null before the leader has answered.",
    resync:
      "A full copy that is to take its place: it has all below `offset`, and needs all below `goal`. Null where none is made.",
    isInSync: "Whether it counts for the write quorum; null where that is not known.",
    pulled: "Pulls that were made, those that failed, and the bytes of records that have come.",
    halted: "Why it is no longer followed; null as long as it is.",
  },
);

const database = z.discriminatedUnion("role", [ledDatabase, followedDatabase]);

const nodeShape = {
  node: z.string(),
  url: z.string(),
  ready: z.boolean(),
  reason: z.string().nullable(),
  cache: z.object({ hits: count, misses: count, bytes: count }),
  memory: z.record(z.string(), count),
  epoch: count,
  closing: z.boolean(),
  store: z.string(),
  versions: z.object({ boxerdb: z.string(), node: z.string(), format: count }),
  pid: count,
  uptimeSeconds: count,
};
const nodeTexts = {
  role: "What the node is: a leader while it leads any database. Each database tells its own role.",
  node: "Its name among its peers.",
  url: "Where clients reach it.",
  ready: "Whether it can do its work.",
  reason: "Why not; null where it can.",
  cache:
    "Blocks of the log that were in memory when they were wanted, that were not, and their bytes.",
  memory: "Memory of the process, of JavaScript and of the indexes, in bytes.",
  epoch: "The newest epoch of its databases.",
  closing: "Whether it is about to stop.",
  store: "The id of its data directory.",
  versions: "Of BoxerDB, of Node.js and of the format on disk.",
  pid: "Its process.",
  uptimeSeconds: "How long that has run.",
  databases: "Its databases, by name.",
};

const followerNode = describeObject(
  z.object({
    nodeId: z.string(),
    storeId: z.string(),
    url: z.string(),
    connected: z.boolean(),
    sinceContactMs: milliseconds,
  }),
  { id: "FollowerNode", description: "A follower, as its leader knows it." },
  {
    nodeId: "Its name among its peers.",
    storeId: "The id of its data directory.",
    url: "Where clients reach it.",
    connected: "Whether it is connected.",
    sinceContactMs: "Milliseconds since it last asked.",
  },
);

const leaderStatus = describeObject(
  z.object({
    ...nodeShape,
    role: z.literal("leader"),
    writeQuorum: count,
    followers: z.array(followerNode),
    databases: z.array(database),
  }),
  { id: "LeaderStatus", description: "A node that leads a database, or would lead the first." },
  {
    ...nodeTexts,
    writeQuorum: "How many nodes must have a write before it is acknowledged.",
    followers: "All that have come in this reign, those that are gone too.",
  },
);

const followerStatus = describeObject(
  z.object({
    ...nodeShape,
    role: z.literal("follower"),
    leaderPeerUrl: z.string().nullable(),
    leaderUrl: z.string().nullable(),
    connected: z.boolean(),
    halted: z.string().nullable(),
    databases: z.array(database),
  }),
  { id: "FollowingNodeStatus", description: "A node that copies a leader." },
  {
    ...nodeTexts,
    leaderPeerUrl: "Where it pulls from; null where nobody is known to lead.",
    leaderUrl: "Where clients reach the leader; null before it has answered.",
    connected: "Whether the leader answers.",
    halted: "Why the leader is no longer followed; null as long as it is.",
  },
);

const nodeStatus = describeSchema(z.discriminatedUnion("role", [leaderStatus, followerStatus]), {
  id: "NodeStatus",
  description: "A node at a glance.",
});

/** What a node tells of itself. */
export const statusOperations: PathOperations = {
  GET: {
    operationId: "getStatus",
    tag: "Node",
    summary: "What the node is, holds and does",
    description: "Role, epoch, offsets, followers with their lag, files, compaction, versions.",
    answers: { 200: { description: "The node.", content: json(nodeStatus) } },
    problems: ["not_ready"],
  },
};
