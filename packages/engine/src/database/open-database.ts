/**
 * A database that is open: its log, its index, and the way of a write between them.
 *
 *   write → condition judged → record encoded into the open group → group written and synced
 *         → committed (high watermark) → applied to the index → caller answered
 */
import { Checkpointer } from "../checkpoint/checkpointer.ts";
import { Compactor } from "../compaction/compactor.ts";
import { ClosedError, type EngineError } from "../errors.ts";
import type { Keyspace } from "../index/keyspace.ts";
import type { BlockCache } from "../log/block-cache.ts";
import { createLog } from "../log/log-recovery.ts";
import type { Log, LogIdentity } from "../log/log.ts";
import type { ResolvedStoreOptions } from "../options.ts";
import type { View } from "../read/view.ts";
import type { Epoch, LogOffset } from "../scalars.ts";
import {
  nothingMissed,
  readLogEnd,
  readMissedRecords,
  writeLogEnd,
  type DatabaseManifest,
  type MissedRecords,
} from "../store/manifest.ts";
import type { ReplicaMark } from "../store/replica-mark.ts";
import { GroupWriter } from "../write/group-writer.ts";

import { CommittedState } from "./committed-state.ts";
import { recoverDatabase, type RecoveredDatabase } from "./database-recovery.ts";
import { NewestState } from "./newest-state.ts";
import type { DeleteOperation, Operation } from "./operation-encoder.ts";
import { RecoveredState } from "./recovered-state.ts";
import { ReplicatedLog } from "./replicated-log.ts";
import type { Wholeness } from "./wholeness.ts";
import { WriteIntake } from "./write-intake.ts";
import type { WriteTerms } from "./write-terms.ts";

/** What the databases of a store have in common. */
export interface StoreShare {
  readonly blockCache: BlockCache;
  readonly replicaMark: ReplicaMark;
}

/** What becomes of a database that is closed. */
export type Purpose = "to open it again" | "to drop it";

export class OpenDatabase {
  readonly manifest: DatabaseManifest;
  readonly log: Log;
  readonly compactor: Compactor;
  readonly checkpointer: Checkpointer;
  /** How many change feeds read it. */
  openFeeds = 0;
  readonly #options: ResolvedStoreOptions;
  readonly #replicaMark: ReplicaMark;
  readonly #committed: CommittedState;
  readonly #writes: WriteIntake;
  readonly #writer: GroupWriter;
  readonly #replicatedLog: ReplicatedLog;
  readonly #progressListeners = new Set<() => void>();
  /** What replication has named. */
  #purgeLimit = 0 as LogOffset;
  /** Why nothing is written any more, for good. */
  #retired: EngineError | undefined;
  #retirement: Promise<void> | undefined;

  private constructor(
    manifest: DatabaseManifest,
    options: ResolvedStoreOptions,
    { replicaMark }: StoreShare,
    { log, state, checkpointed, replayedBytes }: RecoveredDatabase,
    missed: MissedRecords,
  ) {
    this.manifest = manifest;
    this.log = log;
    this.#options = options;
    this.#replicaMark = replicaMark;
    this.#committed = new CommittedState({
      name: manifest.name,
      log,
      fileSystem: options.fileSystem,
      recovered: state,
      missed,
      onCommitted: (offset) => this.#writes.committed(offset),
      onChange: () => this.#tellProgress(),
    });
    // By what compaction has gone, here and on the leader: here by what was committed, which its groups tell.
    if (log.segments.some(({ isCompacted }) => isCompacted)) log.noteCompacted(this.highWatermark);
    log.noteMissed(missed);
    this.#writer = new GroupWriter({
      log,
      clock: options.clock,
      highWatermark: () => this.highWatermark,
      onOffered: () => this.#tellProgress(),
      onAccepted: (acceptedOffset) => this.#accepted(acceptedOffset),
      onWritten: (group) => options.onGroupWritten({ database: manifest.name, ...group }),
      onFailure: (error) => this.#failed(error),
    });
    this.#replicatedLog = new ReplicatedLog({
      name: manifest.name,
      log,
      writer: this.#writer,
      pending: state.pending,
      clock: options.clock,
      highWatermark: () => this.highWatermark,
      leads: options.commit === "synced",
      assertOpen: () => this.#assertNotRetired(),
    });
    this.#writes = new WriteIntake({
      store: options,
      log,
      writer: this.#writer,
      pending: state.pending,
      newest: new NewestState(log, this.keyspace, state.pending, options.clock),
      replicaMark,
      assertWritable: () => this.#assertWritable(),
    });
    this.compactor = new Compactor({
      database: manifest.name,
      log,
      keyspace: this.keyspace,
      clock: options.clock,
      inBackground: options.compaction === "background",
      bytesPerSecond: options.compactionBytesPerSecond,
      highWatermark: () => this.highWatermark,
      purgeLimit: () => this.purgeLimit,
      makeDurable: () => this.#writer.syncAccepted(),
      failure: () => this.failure,
      writers: this.#writes.throttle,
      onEvent: options.onEvent,
    });
    this.checkpointer = new Checkpointer(
      {
        database: manifest.name,
        log,
        keyspace: this.keyspace,
        clock: options.clock,
        mode: options.checkpoint,
        appliedState: () => this.#committed.applied,
        makeDurable: () => this.#writer.syncAccepted(),
        failure: () => this.failure,
        onEvent: options.onEvent,
      },
      checkpointed,
      replayedBytes,
    );
    // Much may have been read just now that the next open should not read again.
    this.checkpointer.noteAppended();
  }

  /** Makes the log of a new database, in a directory that holds its manifest. */
  static async create(
    directory: string,
    manifest: DatabaseManifest,
    options: ResolvedStoreOptions,
    shared: StoreShare,
  ): Promise<OpenDatabase> {
    const log = await createLog(identityOf(directory, manifest, options, shared));
    const state = new RecoveredState(options.commit);
    const recovered = { log, state, checkpointed: undefined, replayedBytes: 0 };
    return new OpenDatabase(manifest, options, shared, recovered, nothingMissed);
  }

  /** Opens an existing database. Throws CorruptionError where its log is damaged. */
  static async open(
    directory: string,
    manifest: DatabaseManifest,
    options: ResolvedStoreOptions,
    shared: StoreShare,
  ): Promise<OpenDatabase> {
    const { commit, onEvent, fileSystem } = options;
    const durableEnd = await readLogEnd(fileSystem, directory);
    const missed = await readMissedRecords(fileSystem, directory);
    const identity = identityOf(directory, manifest, options, shared);
    const recovered = await recoverDatabase(identity, {
      database: manifest.name,
      commit,
      durableEnd,
      onEvent,
    });
    return new OpenDatabase(manifest, options, shared, recovered, missed);
  }

  get name(): string {
    return this.manifest.name;
  }

  /**
   * Tombstones and expired values below it may be dropped: at most the high watermark. Where others copy
   * the store, replication sets it, and it is 0 until then: one that resumes from before a dropped
   * tombstone would keep what it deleted.
   */
  get purgeLimit(): LogOffset {
    const isKept = this.#options.commit === "replicated" && this.#replicaMark.isSet;
    return isKept && this.#purgeLimit < this.highWatermark ? this.#purgeLimit : this.highWatermark;
  }

  /** For replication: nobody will resume reading below `offset` but from 0. Never falls: a lower one changes nothing. */
  set purgeLimit(offset: LogOffset) {
    if (offset <= this.#purgeLimit) return;
    this.#purgeLimit = offset;
    this.compactor.notePurgeLimit();
  }

  // Invariant: highWatermark ≤ log.acceptedOffset ≤ log.endOffset ≤ appendedOffset.
  /** Everything below it is committed, and so is applied to the index. */
  get highWatermark(): LogOffset {
    return this.#committed.highWatermark;
  }

  get keyspace(): Keyspace {
    return this.#committed.keyspace;
  }

  /** Whether what is applied here is a state that the leader was in. */
  get wholeness(): Wholeness {
    return this.#committed.wholeness;
  }

  /** See Wholeness. */
  get isWhole(): boolean {
    return this.wholeness.isWhole;
  }

  /** Whether the record at `offset` is applied, and all that was there then. */
  hasApplied(offset: LogOffset): boolean {
    return offset < this.highWatermark && this.isWhole;
  }

  /** Why nothing is read or written any more; undefined as long as it can be. */
  get closed(): EngineError | undefined {
    return this.#committed.closed;
  }

  /** Why writes are refused since a write or a sync failed; undefined where none has. */
  get failure(): EngineError | undefined {
    return this.#writer.failure;
  }

  /** Where the log ends when all is written that was appended. */
  get appendedOffset(): LogOffset {
    return this.#writer.nextOffset;
  }

  /** Bytes of writes that were taken and are not committed. */
  get inFlightBytes(): number {
    return this.#writes.inFlightBytes;
  }

  /**
   * Writes operations, all or none; resolves to the offset of the last one when it is committed. Rejects
   * with ConflictError where a check does not hold against the newest appended state.
   */
  write(operations: readonly Operation[], terms: WriteTerms): Promise<LogOffset> {
    return this.#writes.write(operations, terms);
  }

  /**
   * Deletes a key; resolves to the record's offset when it is committed, or to undefined where the key
   * had no value, for which nothing is written. Rejects as `write` does.
   */
  delete(operation: DeleteOperation, terms: WriteTerms): Promise<LogOffset | undefined> {
    return this.#writes.delete(operation, terms);
  }

  /**
   * For replication: resolves when all that was appended before the call is committed; rejects where that
   * can no longer be known.
   */
  async settled(): Promise<void> {
    const last = (this.#writer.nextOffset - 1) as LogOffset;
    if (last >= this.highWatermark) await this.#writes.untilCommitted(last);
  }

  /**
   * The offset of a write that was done under these terms; undefined where none was. Waits for one that
   * is on its way. Rejects with IdempotencyKeyReusedError where the terms' key is that of another write.
   */
  async outcomeOf(terms: WriteTerms): Promise<LogOffset | undefined> {
    return this.#writes.outcomeOf(terms);
  }

  /**
   * For replication: begins a reign, in which records are written here. Appends its epoch record, before
   * this returns, and resolves to that record's offset when it is durable. From then on records carry
   * this epoch.
   */
  async beginEpoch(epoch: Epoch): Promise<LogOffset> {
    const offset = await this.#replicatedLog.beginEpoch(epoch);
    this.wholeness.beginReign(offset);
    return offset;
  }

  /**
   * For replication: ends the reign. Writes are refused with NotWritableError from now on, those too that
   * wait for room. Those that are appended and not committed are rejected with `reason`: their records
   * stay, and it is for the next leader to say whether they are committed or cut off. Does nothing where
   * no records are written here.
   */
  stopWriting(reason: Error): void {
    if (!this.#replicatedLog.stopWriting()) return;
    this.wholeness.endReign();
    this.#writes.fail(reason);
  }

  /**
   * For replication: resolves when nothing is on its way to the disk, so that the log ends at its
   * `acceptedOffset`; rejects where nothing can be written any more.
   */
  async idle(): Promise<void> {
    await this.#replicatedLog.idle();
  }

  /**
   * For replication: appends records as a leader has sent them, byte for byte; resolves when they are
   * durable. They become visible by `advanceHighWatermark`. `missed`: what is missing among them, as compaction
   * had dropped it. Rejects with InvalidRecordsError where they are damaged or do not follow on all that was
   * appended here before; nothing is appended then.
   */
  async appendReplicated(
    bytes: Buffer,
    nextOffset: LogOffset,
    missed: MissedRecords = nothingMissed,
  ): Promise<void> {
    await this.wholeness.noteMissed(missed);
    this.log.noteMissed(missed);
    await this.#replicatedLog.append(bytes, nextOffset);
  }

  /**
   * For replication: cuts the log so that it ends at `offset`, where a new leader's ends that shares all
   * below; resolves when that is durable. After a crash in between the log ends at `offset` or behind it.
   * Nothing is done where it ends there or before. Rejects with RangeError, and changes nothing, where
   * `offset` lies below the high watermark or within a batch: no leader's log ends there.
   */
  async truncateTo(offset: LogOffset): Promise<void> {
    await this.#replicatedLog.truncateTo(offset);
    this.#tellProgress();
  }

  /**
   * Commits all records below `offset`, as far as they are durable here: applies them to the index and
   * answers their writers. Never goes back.
   */
  advanceHighWatermark(offset: LogOffset): void {
    this.#committed.advanceTo(offset);
  }

  /** Makes durable all that was appended before the call; rejects if it cannot be. */
  async sync(): Promise<void> {
    await this.#writer.flushed();
    await this.#writer.syncAccepted();
  }

  /** Calls back whenever more is offered or accepted (see Log), or committed, or writing has failed. */
  onProgress(listener: () => void): () => void {
    this.#progressListeners.add(listener);
    return () => this.#progressListeners.delete(listener);
  }

  /** All that is committed now, unchanged until the view is closed. */
  view(): View {
    return this.#committed.view();
  }

  /**
   * All that was committed when the high watermark stood at `offset`, and nothing else; waits until it does.
   * Rejects with OffsetPassedError where it is beyond, with CatchingUpError where this copy is not whole
   * then, with AbortError when the signal is aborted before, and where the database is closed.
   */
  async viewAt(offset: LogOffset, signal: AbortSignal): Promise<View> {
    return this.#committed.viewAt(offset, signal);
  }

  /** Refuses all further writes, for a reason that came from outside of the log. */
  fail(error: EngineError): void {
    this.#writer.fail(error);
  }

  /**
   * Ends all writing and what goes on in the background, for good, when all that was sent before is done.
   * Writes that cannot be committed any more, and all from now on, are rejected with `reason`. Reads go on
   * until `close`. `purpose`: what is to be dropped gets no checkpoint, and refuses writes that wait for
   * room.
   */
  async retire(reason: EngineError, purpose: Purpose): Promise<void> {
    this.#retired ??= reason;
    this.#retirement ??= this.#retire(this.#retired, purpose);
    await this.#retirement;
  }

  /**
   * Closes the files, when it is retired. Feeds end with `reason`; views that were taken before stay, and
   * keep their files open. Default: ClosedError.
   */
  async close(
    reason: EngineError = new ClosedError(`database "${this.name}"`),
    purpose: Purpose = "to open it again",
  ): Promise<void> {
    if (this.#committed.closed !== undefined) return;
    this.#committed.close(reason);
    await this.retire(reason, purpose);
    this.#tellProgress();
    await this.log.close();
  }

  async #retire(reason: EngineError, purpose: Purpose): Promise<void> {
    await this.#writes.close(reason, purpose === "to drop it" ? "refused" : "let in");
    await this.compactor.close();
    await this.#writer.close();
    this.#writes.fail(reason);
    this.#tellProgress();
    await this.checkpointer.close(purpose === "to drop it");
  }

  #accepted(acceptedOffset: LogOffset): void {
    if (this.#options.commit === "synced") this.advanceHighWatermark(acceptedOffset);
    else this.#tellProgress();
    this.compactor.noteAppended();
    this.checkpointer.noteAppended();
  }

  #failed(error: EngineError): void {
    this.#writes.fail(error);
    this.#tellProgress();
    this.#options.onEvent({ type: "poisoned", database: this.name, error });
  }

  #tellProgress(): void {
    for (const listener of this.#progressListeners) listener();
  }

  #assertNotRetired(): void {
    if (this.#retired !== undefined) throw this.#retired;
  }

  /** For writes that were let in, which retirement waits for. */
  #assertWritable(): void {
    if (this.#writer.failure !== undefined) throw this.#writer.failure;
    this.#replicatedLog.assertLeads();
  }
}

function identityOf(
  directory: string,
  manifest: DatabaseManifest,
  options: ResolvedStoreOptions,
  { blockCache }: StoreShare,
): LogIdentity {
  return {
    fileSystem: options.fileSystem,
    directory,
    databaseId: manifest.id,
    logId: manifest.logId,
    blockCache,
    noteEnd: (endOffset) => writeLogEnd(options.fileSystem, directory, endOffset),
    onDamage: (error) => options.onEvent({ type: "damaged", database: manifest.name, error }),
    segmentBytes: options.segmentBytes,
  };
}
