/** The public face of `@boxerdb/engine`. */
export type {
  ContentKey,
  ContentRange,
  ContentScope,
  ContentTotal,
} from "./content/content-reader.ts";
export { systemClock, type Clock } from "./clock.ts";
export { Collection, type PutOptions, type WriteOptions } from "./database/collection.ts";
export { Database } from "./database/database.ts";
export type { CompactionProgress, CompactionStatus } from "./compaction/compaction-statistics.ts";
export type { CheckpointStatus } from "./checkpoint/checkpointer.ts";
export type { DatabaseStatus, SegmentStatus } from "./database/database-status.ts";
export { OpenDatabase } from "./database/open-database.ts";
export type {
  BatchCheck,
  BatchOperation,
  DeleteOperation,
  PutOperation,
} from "./database/operation-encoder.ts";
export type { Progress } from "./database/progress.ts";
export type { BatchOptions, ProgressOptions, RepeatableOptions } from "./database/write-terms.ts";
export * from "./errors.ts";
export { ChangeFeed } from "./feed/change-feed.ts";
export type { Change, DeleteChange, PurgeNotice, PutChange } from "./feed/change.ts";
export type { ChangesOptions } from "./feed/changes-options.ts";
export { LockUnavailableError } from "./lock/lock-errors.ts";
export type { StoreEvent } from "./events.ts";
export { FaultyFileSystem } from "./filesystem/faulty-filesystem.ts";
export type { DirectoryEntry, FileHandle, FileSystem, OpenMode } from "./filesystem/filesystem.ts";
export { MemoryFileSystem } from "./filesystem/memory-filesystem.ts";
export { randomSurvival } from "./filesystem/survival.ts";
export { SystemError } from "./filesystem/system-error.ts";
export { nodeFileSystem } from "./filesystem/node-filesystem.ts";
export type { DirectoryLock, DirectoryLocker } from "./lock/directory-locker.ts";
export { processLocalLocker } from "./lock/directory-locker.ts";
export { inspect, type InspectedItem, type InspectOptions } from "./inspection/inspector.ts";
export type { CheckpointReport } from "./inspection/checkpoint-check.ts";
export type { IndexProblem, IndexReport } from "./inspection/index-check.ts";
export type {
  OpenDatabaseReport,
  SegmentBytes,
  StoreVerifyOptions,
  StoreVerifyReport,
  WrongCount,
} from "./inspection/store-verifier.ts";
export {
  verifyDirectory,
  type ClosedDatabaseReport,
  type Damage,
  type DatabaseReport,
  type VerifyOptions,
  type VerifyReport,
} from "./inspection/verifier.ts";
export type { EpochStart } from "./log/epoch-table.ts";
export { formatVersion } from "./log/frame-kind.ts";
export type { RecordChunk } from "./log/log.ts";
export type { BackupOptions, BackupReport } from "./maintenance/backup.ts";
export { verifyBackup, type BackupDescription } from "./maintenance/backup-check.ts";
export type { BackedUpDatabase, BackedUpFile } from "./maintenance/backup-manifest.ts";
export { claimDirectory } from "./maintenance/directory-claim.ts";
export { backUpDirectory, type DirectoryBackupOptions } from "./maintenance/directory-backup.ts";
export type { FileDigest } from "./maintenance/file-digest.ts";
export type { OnProgress, WorkOptions } from "./maintenance/progress.ts";
export { repair, type RepairReport } from "./maintenance/repair.ts";
export { planRepair, type RepairOptions } from "./maintenance/repair-planner.ts";
export type {
  AffectedKey,
  DamagedRange,
  DatabaseRepair,
  DroppedRecord,
  FileRepair,
  OffsetRange,
  RepairPlan,
} from "./maintenance/repair-plan.ts";
export type { ReplayEnd } from "./maintenance/log-history.ts";
export { replay, type ReplayOptions, type ReplayReport } from "./maintenance/replay.ts";
export { restoreBackup, type RestoreOptions, type RestoreReport } from "./maintenance/restore.ts";
export { checkKey, checkName, maxKeyBytes } from "./names.ts";
export { defaultMaxBatchOperations, type Durability, type StoreOptions } from "./options.ts";
export { systemRandomness, type Randomness } from "./randomness.ts";
export { CollectionReader } from "./read/collection-reader.ts";
export type { Entry } from "./read/entry-reader.ts";
export type { RangeOptions } from "./read/key-range.ts";
export { RangeIterator } from "./read/range-iterator.ts";
export { Snapshot } from "./read/snapshot.ts";
export {
  bytePosition,
  epoch,
  logOffset,
  timestampMs,
  type BytePosition,
  type Epoch,
  type LogOffset,
  type TimestampMs,
} from "./scalars.ts";
export {
  checkStorable,
  maxContainers,
  maxValueDepth,
  type JsonValue,
  type Storable,
  type StorableShape,
} from "./value/storable.ts";
export { decodeMsgpack, encodeMsgpack } from "./value/msgpack-value.ts";
export type { WrittenGroup } from "./write/group-writer.ts";
export { nothingMissed, type MissedRecords } from "./store/manifest.ts";
export { open } from "./store/open-store.ts";
export type { SetAsideDatabase } from "./store/set-aside.ts";
export {
  Store,
  type CompactedDatabase,
  type DatabaseAuthority,
  type StoreStatus,
} from "./store/store.ts";
