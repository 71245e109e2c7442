import type { DatabaseStatus, StoreStatus } from "@boxerdb/engine";

import { counter, gauge, single, type MetricFamily, type Sample } from "./metric-family.ts";

/** What a store tells of itself, as metrics. Those of compaction and checkpoints: since the start. */
export function storeFamilies({ databases, blockCache }: StoreStatus): readonly MetricFamily[] {
  const of = (value: (database: DatabaseStatus) => number | boolean): readonly Sample[] =>
    databases.map((database) => ({
      labels: { database: database.name },
      value: Number(value(database)),
    }));
  return [
    ...contentFamilies(databases, of),
    ...offsetFamilies(of),
    ...compactionFamilies(of),
    ...checkpointFamilies(of),
    counter(
      "boxerdb_block_cache_hits_total",
      "Blocks of the log that were in memory when a read wanted them.",
      single(blockCache.hits),
    ),
    counter(
      "boxerdb_block_cache_misses_total",
      "Blocks of the log that a read had to fetch from the system. Where hits / (hits + misses) is " +
        "low and reads are slow, more --memory-bytes helps.",
      single(blockCache.misses),
    ),
    gauge(
      "boxerdb_block_cache_bytes",
      "Memory that cached blocks take, up to --memory-bytes.",
      single(blockCache.bytes),
    ),
  ];
}

/** A sample for each database. */
type OfEach = (value: (database: DatabaseStatus) => number | boolean) => readonly Sample[];

const contentFamilies = (
  databases: readonly DatabaseStatus[],
  of: OfEach,
): readonly MetricFamily[] => [
  gauge(
    "boxerdb_keys",
    "Keys that have a value.",
    of(({ keys }) => keys),
  ),
  gauge(
    "boxerdb_index_bytes",
    "Memory that the index takes. It grows with the keys, and all of it must fit into memory.",
    of(({ indexBytes }) => indexBytes),
  ),
  gauge(
    "boxerdb_files_bytes",
    "Bytes of the files of the log.",
    of(({ bytes }) => bytes),
  ),
  gauge(
    "boxerdb_live_bytes",
    "Bytes of records in the log that are needed.",
    of(({ segments }) => segments.reduce((sum, { liveBytes }) => sum + liveBytes, 0)),
  ),
  gauge(
    "boxerdb_dead_bytes",
    "Bytes of records in the log that others have replaced: what compaction can free.",
    of(({ segments }) => segments.reduce((sum, { deadBytes }) => sum + deadBytes, 0)),
  ),
  gauge(
    "boxerdb_expired_bytes",
    "Bytes of values in the log that have expired: compaction can free them too, where there never was a follower.",
    of(({ segments }) => segments.reduce((sum, { expiredBytes }) => sum + expiredBytes, 0)),
  ),
  gauge(
    "boxerdb_segments",
    "Files of the log: the active one, sealed ones, and sealed ones that compaction has written.",
    databases.flatMap(({ name: database, segments }) =>
      Object.entries(segmentCounts(segments)).map(([state, value]) => ({
        labels: { database, state },
        value,
      })),
    ),
  ),
  gauge(
    "boxerdb_in_flight_bytes",
    "Bytes of writes that were taken and are not committed. Where they reach the limit, writers wait.",
    of(({ inFlightBytes }) => inFlightBytes),
  ),
  gauge(
    "boxerdb_snapshots_open",
    "Snapshots and listings that are being read. Each keeps replaced records from being freed.",
    of(({ openSnapshots }) => openSnapshots),
  ),
  gauge(
    "boxerdb_feeds_open",
    "Change feeds that are being read.",
    of(({ openFeeds }) => openFeeds),
  ),
  gauge(
    "boxerdb_poisoned",
    "1 if the database takes no writes since one failed: look after the disk, then restart. Else 0.",
    of(({ poisoned }) => poisoned !== undefined),
  ),
];

const offsetFamilies = (of: OfEach): readonly MetricFamily[] => [
  gauge(
    "boxerdb_appended_offset",
    "The offset that the next record gets: its rate is that of writes.",
    of(({ endOffset }) => endOffset),
  ),
  gauge(
    "boxerdb_synced_offset",
    "All records below it are durable on this node.",
    of(({ syncedOffset }) => syncedOffset),
  ),
  gauge(
    "boxerdb_committed_offset",
    "All records below it are committed and visible. If it stands while boxerdb_appended_offset " +
      "rises, too few followers have the records.",
    of(({ highWatermark }) => highWatermark),
  ),
  gauge(
    "boxerdb_purge_floor_offset",
    "Deletions below it may be gone from the log; it stands once a follower has come. Who resumes reading below must start from 0.",
    of(({ purgeFloor }) => purgeFloor),
  ),
  gauge(
    "boxerdb_epoch",
    "The number of the newest reign of a leader. It rises when a leader starts.",
    of(({ epoch }) => epoch),
  ),
];

const compactionFamilies = (of: OfEach): readonly MetricFamily[] => [
  counter(
    "boxerdb_compaction_runs_total",
    "Runs of segments that were compacted.",
    of(({ compaction }) => compaction.runs),
  ),
  counter(
    "boxerdb_compaction_failures_total",
    "Runs that failed. Nothing is lost by it, but garbage stays: the log says why.",
    of(({ compaction }) => compaction.failures),
  ),
  counter(
    "boxerdb_compaction_read_bytes_total",
    "Bytes of files that compaction has read.",
    of(({ compaction }) => compaction.readBytes),
  ),
  counter(
    "boxerdb_compaction_written_bytes_total",
    "Bytes of files that compaction has written in their place.",
    of(({ compaction }) => compaction.writtenBytes),
  ),
  counter(
    "boxerdb_compaction_reclaimed_bytes_total",
    "Bytes of files that compaction has freed.",
    of(({ compaction }) => compaction.reclaimedBytes),
  ),
  gauge(
    "boxerdb_compaction_running",
    "1 while a run is being compacted, else 0.",
    of(({ compaction }) => compaction.running !== undefined),
  ),
  gauge(
    "boxerdb_compaction_debt_ratio",
    "How near the files are to twice the live data: from 0, where nothing presses, to 1, where " +
      "writers are let in no faster than compaction frees.",
    of(({ compaction }) => compaction.debt),
  ),
  counter(
    "boxerdb_compaction_throttles_total",
    "How often writers were kept back because compaction could not keep up with them.",
    of(({ compaction }) => compaction.throttles),
  ),
  gauge(
    "boxerdb_compaction_throttling",
    "1 while writers are kept back for compaction, else 0.",
    of(({ compaction }) => compaction.isThrottling),
  ),
  gauge(
    "boxerdb_write_amplification_ratio",
    "Bytes written to files, by writers and compaction, for each byte of records that writers have " +
      "written; 0 before the first.",
    of(({ compaction }) => compaction.writeAmplification ?? 0),
  ),
];

const checkpointFamilies = (of: OfEach): readonly MetricFamily[] => [
  counter(
    "boxerdb_checkpoints_total",
    "Images of the index that were written.",
    of(({ checkpoint }) => checkpoint.written),
  ),
  counter(
    "boxerdb_checkpoint_failures_total",
    "Images of the index that could not be written. The next start takes longer.",
    of(({ checkpoint }) => checkpoint.failures),
  ),
  gauge(
    "boxerdb_checkpoint_bytes",
    "The length of the newest image of the index; 0 where there is none.",
    of(({ checkpoint }) => checkpoint.bytes),
  ),
  gauge(
    "boxerdb_checkpoint_uncovered_bytes",
    "Bytes of the log since the newest image of the index: about so many are read after a crash.",
    of(({ checkpoint }) => checkpoint.uncoveredLogBytes),
  ),
];

function segmentCounts(segments: DatabaseStatus["segments"]): Readonly<Record<string, number>> {
  const counts = { active: 0, sealed: 0, compacted: 0 };
  for (const { sealed, compacted } of segments) {
    counts[sealed ? (compacted ? "compacted" : "sealed") : "active"]++;
  }
  return counts;
}
