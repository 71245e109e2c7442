import { type Clock, systemClock } from "./clock.ts";
import { InvalidOptionError } from "./errors.ts";
import type { StoreEvent } from "./events.ts";
import type { FileSystem } from "./filesystem/filesystem.ts";
import { nodeFileSystem } from "./filesystem/node-filesystem.ts";
import { acquireDirectoryLock } from "./lock/directory-lock.ts";
import type { DirectoryLocker } from "./lock/directory-locker.ts";
import { systemRandomness, type Randomness } from "./randomness.ts";
import type { WrittenGroup } from "./write/group-writer.ts";

/**
 * When a write is acknowledged. `disk`: after fdatasync, so that it survives a power cut. `os`: when
 * the operating system has it, so that it survives the death of the process only.
 */
export type Durability = "disk" | "os";

/** How `open` keeps a store. All fields may be left out. */
export interface StoreOptions {
  /** When writes are acknowledged, unless they say otherwise; with replicas always `disk`. Default: `disk`. */
  readonly durability?: Durability;
  /**
   * When a record is committed and so becomes visible. `synced`: when this node has it durable.
   * `replicated`: when replication says so, by `Database.replica`. Default: `synced`.
   */
  readonly commit?: "synced" | "replicated";
  /**
   * What becomes of a database that is found damaged when the store is opened. `refuse`: the store is not
   * opened, and nothing is changed. `set aside`: it is moved to where it is kept, which an event tells,
   * and the store is opened without it. For replicas, which have copies elsewhere. Default: `refuse`.
   */
  readonly damagedDatabases?: "refuse" | "set aside";
  /** Whether a store is made where there is none yet; else that is a FormatError. Default: true. */
  readonly createIfMissing?: boolean;
  /** A segment is sealed at about this length, in bytes, 4 KiB to 1 GiB. Default: 64 MiB. */
  readonly segmentBytes?: number;
  /** The largest value, in bytes of msgpack, at most 256 MiB. Default: 16 MiB. */
  readonly maxValueBytes?: number;
  /** The most operations in one batch. Default: 100,000. */
  readonly maxBatchOperations?: number;
  /** The most bytes of keys and encoded values in one batch, at most 1 GiB. Default: 64 MiB. */
  readonly maxBatchBytes?: number;
  /**
   * How long a write's `idempotencyKey` is kept, in milliseconds, 1 second to 30 days. Default: 24 hours.
   */
  readonly idempotencyMs?: number;
  /** Writers wait while this many bytes are not committed yet. Default: 64 MiB. */
  readonly maxInFlightBytes?: number;
  /** Memory for the blocks of the log that were read last, in bytes, up to 64 GiB. Default: 64 MiB. */
  readonly memoryBytes?: number;
  /** `background`: segments are compacted as garbage gathers. `manual`: by `compact()` only. Default: `background`. */
  readonly compaction?: "background" | "manual";
  /**
   * How much compaction writes at most, in bytes a second for each database, 64 KiB to 64 GiB. Where it
   * is less than twice what is overwritten, the disk fills with garbage meanwhile. Default: 256 MiB.
   */
  readonly compactionBytesPerSecond?: number;
  /**
   * `background`: an image of the index is written at close and as the log grows, so that opening need
   * not read the whole log. `manual`: by `checkpoint()` only. Default: `background`.
   */
  readonly checkpoint?: "background" | "manual";
  /** Told about what happens: recovery, progress, failures. Default: nobody is. */
  readonly onEvent?: (event: StoreEvent) => void;
  /** Told about every group of records that was written, for metrics. Must not throw. Default: nobody is. */
  readonly onGroupWritten?: (group: WrittenGroup) => void;
  /** Default: that of the machine. */
  readonly fileSystem?: FileSystem;
  /** Keeps other processes out of the directory. Default: a kernel lock beside a lock file. */
  readonly locker?: DirectoryLocker;
  /** Default: that of the machine. */
  readonly clock?: Clock;
  /** Makes the ids of the store, its databases and their logs. Default: that of the machine. */
  readonly random?: Randomness;
}

/** Options with every field decided. */
export type ResolvedStoreOptions = Required<StoreOptions>;

const KiB = 1 << 10;
const MiB = 1 << 20;
const GiB = 1 << 30;
const hourMs = 3_600_000;

/** How many operations a batch has at most, unless `maxBatchOperations` says otherwise. */
export const defaultMaxBatchOperations = 100_000;

/** Fills in the defaults. Throws InvalidOptionError where a value is out of its range. */
export function resolveOptions(options: StoreOptions): ResolvedStoreOptions {
  const resolved: ResolvedStoreOptions = {
    durability: options.durability ?? "disk",
    commit: options.commit ?? "synced",
    damagedDatabases: options.damagedDatabases ?? "refuse",
    createIfMissing: options.createIfMissing ?? true,
    segmentBytes: options.segmentBytes ?? 64 * MiB,
    maxValueBytes: options.maxValueBytes ?? 16 * MiB,
    maxBatchOperations: options.maxBatchOperations ?? defaultMaxBatchOperations,
    maxBatchBytes: options.maxBatchBytes ?? 64 * MiB,
    idempotencyMs: options.idempotencyMs ?? 24 * hourMs,
    maxInFlightBytes: options.maxInFlightBytes ?? 64 * MiB,
    memoryBytes: options.memoryBytes ?? 64 * MiB,
    compaction: options.compaction ?? "background",
    compactionBytesPerSecond: options.compactionBytesPerSecond ?? 256 * MiB,
    checkpoint: options.checkpoint ?? "background",
    onEvent: options.onEvent ?? (() => {}),
    onGroupWritten: options.onGroupWritten ?? (() => {}),
    fileSystem: options.fileSystem ?? nodeFileSystem,
    locker: options.locker ?? acquireDirectoryLock,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandomness,
  };
  within("segmentBytes", resolved.segmentBytes, 4 * KiB, GiB);
  within("maxValueBytes", resolved.maxValueBytes, 1, 256 * MiB);
  within("maxBatchOperations", resolved.maxBatchOperations, 1, 10_000_000);
  within("maxBatchBytes", resolved.maxBatchBytes, 1, GiB);
  within("idempotencyMs", resolved.idempotencyMs, 1_000, 30 * 24 * hourMs);
  within("maxInFlightBytes", resolved.maxInFlightBytes, 1, GiB);
  within("memoryBytes", resolved.memoryBytes, 0, 64 * GiB);
  within("compactionBytesPerSecond", resolved.compactionBytesPerSecond, 64 * KiB, 64 * GiB);
  oneOf("durability", resolved.durability, ["disk", "os"]);
  oneOf("commit", resolved.commit, ["synced", "replicated"]);
  oneOf("damagedDatabases", resolved.damagedDatabases, ["refuse", "set aside"]);
  oneOf("compaction", resolved.compaction, ["background", "manual"]);
  oneOf("checkpoint", resolved.checkpoint, ["background", "manual"]);
  return resolved;
}

function within(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most) {
    throw new InvalidOptionError(
      `${name} must be a whole number from ${least} to ${most}, not ${value}`,
    );
  }
}

/** Throws InvalidOptionError unless `value` is one of `allowed`. */
export function oneOf(name: string, value: string, allowed: readonly string[]): void {
  if (!allowed.includes(value)) {
    throw new InvalidOptionError(
      `${name} must be ${allowed.join(" or ")}, not ${JSON.stringify(value)}`,
    );
  }
}
