/**
 * A database that is open: its log, its index, and the way of a write between them.
 *
 *   write → condition judged → record encoded into the open group → group written and synced
 *         → committed (high watermark) → applied to the index → caller answered
 */
import { Compactor } from "../compaction/compactor.ts";
import { ClosedError, NotWritableError, type EngineError } from "../errors.ts";
import type { Keyspace } from "../index/keyspace.ts";
import type { BlockCache } from "../log/block-cache.ts";
import type { ByteString } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { frameChecksum } from "../log/frame.ts";
import { createLog, openLog } from "../log/log-recovery.ts";
import type { Log, LogIdentity } from "../log/log.ts";
import { decodeChunk } from "../log/record-chunk.ts";
import { batchEndOf, nilValue } from "../log/record.ts";
import type { ResolvedStoreOptions } from "../options.ts";
import { View } from "../read/view.ts";
import type { Epoch, LogOffset } from "../scalars.ts";
import { readLogEnd, writeLogEnd, type DatabaseManifest } from "../store/manifest.ts";
import { CommitWaiters } from "../write/commit-waiters.ts";
import { GroupWriter } from "../write/group-writer.ts";
import { InFlightBudget } from "../write/in-flight-budget.ts";
import type { PendingRecords } from "../write/pending-records.ts";

import { batchBytes, type EncodedBatch } from "./encoded-batch.ts";
import { NewestState } from "./newest-state.ts";
import { RecoveredState } from "./recovered-state.ts";

export class OpenDatabase {
  readonly manifest: DatabaseManifest;
  readonly log: Log;
  readonly keyspace: Keyspace;
  readonly compactor: Compactor;
  readonly #options: ResolvedStoreOptions;
  readonly #pending: PendingRecords;
  readonly #waiters = new CommitWaiters();
  readonly #newest: NewestState;
  readonly #budget: InFlightBudget;
  readonly #writer: GroupWriter;
  readonly #progressListeners = new Set<() => void>();
  // Invariant: highWatermark ≤ log.acceptedOffset ≤ log.endOffset ≤ writer.nextOffset.
  #highWatermark: LogOffset;
  /** Whether records may be written here, or come from a leader alone. */
  #isWritable: boolean;
  // Compaction looks for work whenever a segment was sealed.
  #segmentsSeen = 0;
  #isClosed = false;

  private constructor(
    manifest: DatabaseManifest,
    options: ResolvedStoreOptions,
    recovered: RecoveredState,
    log: Log,
  ) {
    this.manifest = manifest;
    this.log = log;
    this.#options = options;
    this.keyspace = recovered.keyspace;
    this.#pending = recovered.pending;
    this.#highWatermark = recovered.highWatermark;
    this.#isWritable = options.commit === "synced";
    this.compactor = new Compactor({
      database: manifest.name,
      log,
      keyspace: this.keyspace,
      highWatermark: () => this.#highWatermark,
      purgeLimit: () => this.#purgeLimit,
      makeDurable: () => this.#writer.syncAccepted(),
      onEvent: options.onEvent,
    });
    if (options.compaction === "background") this.compactor.start();
    this.#newest = new NewestState(log, this.keyspace, recovered.pending, options.clock);
    this.#budget = new InFlightBudget(options.maxInFlightBytes);
    this.#writer = new GroupWriter({
      log,
      clock: options.clock,
      highWatermark: () => this.#highWatermark,
      onAccepted: (acceptedOffset) => this.#accepted(acceptedOffset),
      onFailure: (error) => this.#failed(error),
    });
  }

  /** Makes the log of a new database, in a directory that holds its manifest. */
  static async create(
    directory: string,
    manifest: DatabaseManifest,
    options: ResolvedStoreOptions,
    blockCache: BlockCache,
  ): Promise<OpenDatabase> {
    const log = await createLog(identityOf(directory, manifest, options, blockCache));
    return new OpenDatabase(manifest, options, new RecoveredState(options.commit), log);
  }

  /** Opens an existing database. Throws CorruptionError where its log is damaged. */
  static async open(
    directory: string,
    manifest: DatabaseManifest,
    options: ResolvedStoreOptions,
    blockCache: BlockCache,
  ): Promise<OpenDatabase> {
    const recovered = new RecoveredState(options.commit);
    const durableEnd = await readLogEnd(options.fileSystem, directory);
    const identity = identityOf(directory, manifest, options, blockCache);
    const log = await openLog(identity, durableEnd, {
      database: manifest.name,
      onEvent: options.onEvent,
      onGroup: (group, segment) => recovered.takeGroup(group, segment),
    });
    return new OpenDatabase(manifest, options, recovered, log);
  }

  get name(): string {
    return this.manifest.name;
  }

  /**
   * Tombstones below it may be dropped. With replicas, none: one that resumes from before a dropped
   * tombstone would keep what it deleted.
   */
  get #purgeLimit(): LogOffset {
    return this.#options.commit === "synced" ? this.#highWatermark : (0 as LogOffset);
  }

  /** Everything below it is committed, and so is applied to the index. */
  get highWatermark(): LogOffset {
    return this.#highWatermark;
  }

  /** Why writes are refused since a write or a sync failed; undefined where none has. */
  get failure(): EngineError | undefined {
    return this.#writer.failure;
  }

  /** Bytes of writes that were taken and are not committed. */
  get inFlightBytes(): number {
    return this.#budget.usedBytes;
  }

  /**
   * Writes a batch; resolves to the offset of its last record when it is committed. Throws
   * ConflictError where a check does not hold against the newest appended state.
   */
  async write(batch: EncodedBatch): Promise<LogOffset | undefined> {
    const bytes = batchBytes(batch);
    const room = this.#budget.take(bytes);
    if (room !== undefined) {
      await room;
      this.#budget.entered();
    }
    try {
      this.#assertWritable();
      const broken = this.#newest.brokenCheck(batch);
      if (broken !== undefined) {
        // What the answer tells must not be undone by a crash: wait until it is committed.
        await this.#settled(broken.collection, broken.key);
        if (broken.conflict === undefined) return undefined;
        throw broken.conflict;
      }
      const last = this.#append(batch);
      await this.#waiters.wait(last);
      return last;
    } finally {
      this.#budget.give(bytes);
    }
  }

  /**
   * Begins a reign: appends its epoch record and resolves to that record's offset when it is durable.
   * From then on records carry this epoch.
   */
  async beginEpoch(epoch: Epoch): Promise<LogOffset> {
    this.#isWritable = true;
    this.#assertWritable();
    if (epoch <= this.log.epochs.last) {
      throw new RangeError(`epoch ${epoch} is not beyond ${this.log.epochs.last}`);
    }
    const offset = this.#writer.nextOffset;
    const record = {
      kind: FrameKind.epoch,
      offset,
      epoch,
      timestamp: this.#options.clock.now(),
      expires: null,
      batchRemaining: 0,
      collection: "" as ByteString,
      key: "" as ByteString,
    };
    const holder = this.#pending.add({ ...record, batchEnd: offset });
    const checksum = this.#writer.openGroup.add(record, nilValue, holder);
    this.log.epochs.note(epoch, offset, checksum);
    this.#writer.openGroup.needsSync = true;
    this.#writer.commitOpenGroup((offset + 1) as LogOffset);
    await this.#writer.flushed();
    return offset;
  }

  /**
   * Appends records as a leader has sent them, byte for byte; resolves when they are durable. They
   * become visible by `advanceHighWatermark`. Throws InvalidRecordsError where they are damaged or do
   * not follow on this log; nothing is appended then.
   */
  async appendReplicated(bytes: Buffer, nextOffset: LogOffset): Promise<void> {
    this.#assertOpen();
    if (this.#isWritable)
      throw new Error("assertion failed: a leader takes no records from others");
    const records = decodeChunk(bytes, {
      firstOffset: this.#writer.nextOffset,
      lastEpoch: this.log.epochs.last,
      nextOffset,
    });
    for (const { record, start, end } of records) {
      const holder = this.#pending.add({ ...record, batchEnd: batchEndOf(record) });
      this.log.epochs.note(record.epoch, record.offset, frameChecksum(bytes, start));
      this.#writer.openGroup.addEncoded(bytes.subarray(start, end), holder);
    }
    this.#writer.openGroup.needsSync = true;
    this.#writer.commitOpenGroup(nextOffset);
    await this.#writer.flushed();
  }

  /**
   * Commits all records below `offset`, as far as they are durable here: applies them to the index and
   * answers their writers. Never goes back.
   */
  advanceHighWatermark(offset: LogOffset): void {
    const target = Math.min(offset, this.log.acceptedOffset) as LogOffset;
    if (target <= this.#highWatermark) return;
    for (const [record, place] of this.#pending.takeCommitted(target)) {
      this.keyspace.apply(record, place);
    }
    this.#highWatermark = target;
    this.#waiters.commit(target);
    this.#tellProgress();
  }

  /** Calls back whenever the accepted offset or the high watermark has moved, or writing has failed. */
  onProgress(listener: () => void): () => void {
    this.#progressListeners.add(listener);
    return () => this.#progressListeners.delete(listener);
  }

  /** All that is committed now, unchanged until the view is closed. */
  view(): View {
    this.#assertOpen();
    return new View(this.log, this.keyspace.snapshot(), this.#highWatermark);
  }

  /** Refuses all further writes, for a reason that came from outside of the log. */
  fail(error: EngineError): void {
    this.#writer.fail(error);
  }

  /** Finishes what was appended and closes the files. Writes that cannot be committed any more are rejected. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.compactor.close();
    await this.#writer.close();
    this.#waiters.fail(new ClosedError(`database "${this.name}"`));
    this.#budget.admitAll();
    this.#tellProgress();
    await this.log.close();
  }

  #append(batch: EncodedBatch): LogOffset {
    const { operations, durability } = batch;
    const first = this.#writer.nextOffset;
    const timestamp = this.#options.clock.now();
    const batchEnd = (first + operations.length - 1) as LogOffset;
    const epoch = this.log.epochs.last;
    const group = this.#writer.openGroup;
    for (const [index, operation] of operations.entries()) {
      const offset = (first + index) as LogOffset;
      const { kind, collection, key, value, expires } = operation;
      const holder = this.#pending.add({ kind, collection, key, offset, batchEnd, expires });
      const batchRemaining = batchEnd - offset;
      group.add(
        { kind, offset, epoch, timestamp, expires, batchRemaining, collection, key },
        value,
        holder,
      );
    }
    if (durability === "disk") group.needsSync = true;
    this.#writer.commitOpenGroup((batchEnd + 1) as LogOffset);
    return batchEnd;
  }

  async #settled(collection: ByteString, key: ByteString): Promise<void> {
    const pending = this.#pending.newest(collection, key);
    if (pending !== undefined) await this.#waiters.wait(pending.offset);
  }

  #accepted(acceptedOffset: LogOffset): void {
    const segments = this.log.segments.length;
    if (this.#options.compaction === "background" && segments !== this.#segmentsSeen) {
      this.compactor.start();
    }
    this.#segmentsSeen = segments;
    if (this.#options.commit === "synced") this.advanceHighWatermark(acceptedOffset);
    else this.#tellProgress();
  }

  #failed(error: EngineError): void {
    this.#waiters.fail(error);
    this.#budget.admitAll();
    this.#options.onEvent({ type: "poisoned", database: this.name, error });
    this.#tellProgress();
  }

  #tellProgress(): void {
    for (const listener of this.#progressListeners) listener();
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new ClosedError(`database "${this.name}"`);
  }

  #assertWritable(): void {
    this.#assertOpen();
    if (this.#writer.failure !== undefined) throw this.#writer.failure;
    if (!this.#isWritable) throw new NotWritableError(this.name);
  }
}

function identityOf(
  directory: string,
  manifest: DatabaseManifest,
  options: ResolvedStoreOptions,
  blockCache: BlockCache,
): LogIdentity {
  return {
    fileSystem: options.fileSystem,
    directory,
    databaseId: manifest.id,
    logId: manifest.logId,
    blockCache,
    noteEnd: (endOffset) => writeLogEnd(options.fileSystem, directory, endOffset),
    segmentBytes: options.segmentBytes,
  };
}
