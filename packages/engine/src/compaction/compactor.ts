/**
 * Compacts the sealed segments of a database, one run after the other, in steps of a few records, so
 * that the event loop is free in between. Works below the high watermark only.
 */
import type { Clock } from "../clock.ts";
import { CorruptionError } from "../errors.ts";
import type { StoreEvent } from "../events.ts";
import type { Keyspace } from "../index/keyspace.ts";
import type { Log } from "../log/log.ts";
import type { Segment } from "../log/segment.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";

import { pickRun } from "./compaction-picker.ts";
import { CompactionStatistics, type CompactionStatus } from "./compaction-statistics.ts";
import { debtOf, readBytesPerWritten } from "./disk-debt.ts";
import { candidatesOf, databaseBytesOf, nextExpiryOf, purgeFloorAfter } from "./garbage-survey.ts";
import { Pacer } from "./pacer.ts";
import { RecordJudgement } from "./record-judgement.ts";
import { rewriteSegments } from "./segment-rewriter.ts";
import { swapSegments, type Swap } from "./segment-swap.ts";
import { runBytesOf, sealBytesOf, shortestRunBytes } from "./segment-target.ts";

export interface CompactorOptions {
  readonly database: string;
  readonly log: Log;
  readonly keyspace: Keyspace;
  readonly clock: Clock;
  /** Whether it looks for work by itself, or compacts only when it is asked to. */
  readonly inBackground: boolean;
  /** How much is written at most, in bytes a second. */
  readonly bytesPerSecond: number;
  readonly highWatermark: () => LogOffset;
  /** Tombstones below it may go, as far as those are concerned who resume reading. At most the high watermark. */
  readonly purgeLimit: () => LogOffset;
  /** Makes durable all that is below the high watermark. */
  readonly makeDurable: () => Promise<void>;
  /** Why nothing can be written any more; undefined as long as it can. */
  readonly failure: () => Error | undefined;
  /** Slows the writers down when compaction cannot keep up with them. */
  readonly writers: WriterThrottle;
  readonly onEvent: (event: StoreEvent) => void;
}

/** What keeps writers back: see InFlightBudget. */
export interface WriterThrottle {
  throttle(): void;
  allow(bytes: number): void;
  release(): void;
}

/** How long it waits after a failure, as on a full disk, before it tries again by itself. */
const retryMs = 10_000;
/** How long after a look for what has expired the next one comes, at least and at most. */
const expiryLookMs = { least: 5_000, most: 86_400_000 };

export class Compactor {
  readonly #options: CompactorOptions;
  readonly #pacer: Pacer;
  readonly #statistics = new CompactionStatistics();
  #running: Promise<void> | undefined;
  /** The run of segments that is compacted now. */
  #run: Promise<void> | undefined;
  #isClosing = false;
  // Set when a replacement may be in force on disk but not in memory: no run that overlaps it may
  // come into force too. The next open starts from the disk again.
  #swapFailure: Error | undefined;
  /** The next look without a write: after a failure, or when something will have expired. */
  #timer: { cancel(): void } | undefined;
  #hasFailed = false;
  // How much had been appended to how many segments when it last looked.
  #seenBytes = 0;
  #seenSegments = 0;
  /** The segment that the purge limit had come to. */
  #seenLimit: Segment | undefined;
  /** What of the log was live when it last looked. */
  #liveBytes = 0;
  /** Whether writers are kept back. */
  #isThrottling = false;

  constructor(options: CompactorOptions) {
    this.#options = options;
    this.#pacer = new Pacer(options.clock, options.bytesPerSecond);
    if (options.inBackground) this.#start();
  }

  /** What it has done since the database was opened. */
  get status(): CompactionStatus {
    const { runs, failures, readBytes, writtenBytes, reclaimedBytes, outputBytes, running } =
      this.#statistics;
    const { appendedBytes, appendedRecordBytes } = this.#options.log;
    const writeAmplification =
      appendedRecordBytes === 0 ? undefined : (appendedBytes + outputBytes) / appendedRecordBytes;
    return {
      runs,
      failures,
      readBytes,
      writtenBytes,
      reclaimedBytes,
      writeAmplification,
      debt: this.#pacer.hurry,
      throttles: this.#statistics.throttles,
      isThrottling: this.#isThrottling,
      running,
    };
  }

  /** To be called after each group that was committed. Looks for work now and then. */
  noteAppended(): void {
    const { log, inBackground } = this.#options;
    if (!inBackground) return;
    const { segmentBytes } = log.identity;
    const isNews =
      log.segments.length !== this.#seenSegments ||
      log.appendedBytes - this.#seenBytes >= shortestRunBytes(segmentBytes);
    if (this.#running !== undefined) this.#pace(0);
    if (isNews) this.#look();
  }

  /** To be called when the purge limit has risen. Looks for work where it has passed a segment. */
  notePurgeLimit(): void {
    const { log, inBackground, purgeLimit } = this.#options;
    if (!inBackground) return;
    const reached = log.segmentOf(purgeLimit());
    if (reached === this.#seenLimit) return;
    this.#seenLimit = reached;
    this.#look();
  }

  /** Compacts until nothing is worth it; joins a compaction that is going on. Ends early when it is closed. */
  async compact(): Promise<void> {
    this.#running ??= this.#compactAll().finally(() => {
      this.#running = undefined;
      if (this.#options.inBackground) this.#setTimer();
    });
    await this.#running;
  }

  /** Ends as soon as the index and the log agree. What was not yet in force is given up. */
  async close(): Promise<void> {
    this.#isClosing = true;
    this.#timer?.cancel();
    this.#pacer.stop();
    await this.#running?.catch(() => {}); // Whoever started it has been told.
  }

  /**
   * Resolves when the run under way is done, which goes by the purge limit that held when it began; to
   * be awaited when that has fallen, as the first replica has come.
   */
  async settled(): Promise<void> {
    await this.#run?.catch(() => {}); // Whoever started it has been told.
  }

  /** Compacts what is worth it, unless that is going on already. A failure is told as an event. */
  #start(): void {
    if (this.#running !== undefined || this.#isClosing) return;
    const { database, onEvent } = this.#options;
    void this.compact().catch((error: unknown) => {
      onEvent({ type: "compaction-failed", database, error: errorOf(error) });
    });
  }

  #look(): void {
    const { log, purgeLimit, clock } = this.#options;
    this.#seenSegments = log.segments.length;
    this.#seenBytes = log.appendedBytes;
    const bytes = databaseBytesOf(log.segments, purgeLimit(), clock.now());
    this.#liveBytes = bytes.liveBytes;
    log.sealBytes = sealBytesOf(bytes, log.identity.segmentBytes);
    if (!this.#hasFailed) this.#start();
  }

  #setTimer(): void {
    const { clock, log, failure } = this.#options;
    this.#timer?.cancel();
    if (this.#isClosing || (this.#swapFailure ?? failure()) !== undefined) return;
    const now = clock.now();
    const next = this.#hasFailed ? now + retryMs : nextExpiryOf(log.segments, now);
    if (next === undefined) return;
    const { least, most } = expiryLookMs;
    this.#timer = clock.after(Math.min(Math.max(next - now, least), most), () => {
      this.#hasFailed = false;
      this.#start();
    });
  }

  async #compactAll(): Promise<void> {
    this.#hasFailed = false;
    try {
      while (!this.#isClosing) {
        const failure = this.#swapFailure ?? this.#options.failure();
        if (failure !== undefined) throw failure;
        const now = this.#options.clock.now();
        const run = this.#pick(now);
        this.#pace(0);
        if (run === undefined) return;
        await this.#watched(this.#compactRun(run, now));
      }
    } catch (error) {
      if (error === this.#pacer.signal.reason) return; // It was told to end.
      this.#hasFailed = true;
      throw error;
    } finally {
      this.#release();
    }
  }

  /** Adapts its own speed and that of the writers to how much garbage there is, after it has read so much more. */
  #pace(readBytes: number): void {
    const { log, inBackground, writers } = this.#options;
    if (!inBackground) return;
    const { extraBytes, remaining } = this.#statistics;
    const fileBytes = byteSizeOf(log.segments) + extraBytes;
    const use = { fileBytes, remaining, liveBytes: this.#liveBytes };
    const debt = debtOf(use, log.identity.segmentBytes);
    this.#pacer.hurry = debt;
    if (debt < 1) this.#release();
    else if (this.#isThrottling) writers.allow(readBytes / readBytesPerWritten);
    else {
      writers.throttle();
      this.#statistics.throttles++;
    }
    this.#isThrottling = debt === 1;
  }

  #release(): void {
    if (this.#isThrottling) this.#options.writers.release();
    this.#isThrottling = false;
    this.#pacer.hurry = 0;
  }

  #pick(now: TimestampMs): readonly Segment[] | undefined {
    const { log, highWatermark, purgeLimit } = this.#options;
    const committed = highWatermark();
    const sealed = log.segments.filter(
      (segment) => segment !== log.active && segment.endOffset <= committed,
    );
    const limits = { purgeLimit: purgeLimit(), highWatermark: committed };
    this.#liveBytes = databaseBytesOf(log.segments, limits.purgeLimit, now).liveBytes;
    const runBytes = runBytesOf(this.#liveBytes, log.identity.segmentBytes);
    const picked = pickRun(candidatesOf(sealed, limits, now), runBytes);
    return picked && sealed.slice(picked.start, picked.end);
  }

  async #watched(run: Promise<void>): Promise<void> {
    this.#run = run;
    try {
      await run;
    } finally {
      this.#run = undefined;
    }
  }

  async #compactRun(run: readonly Segment[], now: TimestampMs): Promise<void> {
    const { log, keyspace, highWatermark, purgeLimit, makeDurable } = this.#options;
    const { onEvent, database } = this.#options;
    const [first] = run;
    const last = run.at(-1);
    if (first === undefined || last === undefined) {
      throw new Error("assertion failed: a run has at least one segment");
    }
    const { baseOffset } = first;
    const { endOffset } = last;
    const older = log.segments.slice(0, log.segments.indexOf(first));
    const purgeFloor = purgeFloorAfter(older, purgeLimit());
    const judgedAt = highWatermark();
    const noteFloor = purgeFloorAfter(older, judgedAt);
    const judgement = new RecordJudgement(keyspace, { purgeFloor, noteFloor }, now);
    const bytesBefore = byteSizeOf(run);
    const keptBytes = run.reduce((sum, { liveBytes }) => sum + liveBytes, 0);
    const statistics = this.#statistics;
    const progress = { baseOffset, endOffset, segments: run.length, totalBytes: bytesBefore };
    statistics.begin(progress, keptBytes);
    try {
      const { name, bytes } = await rewriteSegments(log.identity, {
        run,
        highWatermark,
        keeps: (record, segment) => judgement.keeps(record, segment),
        purgeFloor,
        makeDurable,
        pacer: this.#pacer,
        onProgress: (read, written) => {
          statistics.advance(read, written);
          this.#pace(read);
        },
      });
      statistics.relocate(bytes);
      const onProgress = (read: number): void => {
        statistics.advance(read, bytes);
        this.#pace(read);
      };
      const pacer = this.#pacer;
      const replacement = await this.#swap({
        log,
        keyspace,
        run,
        name,
        bytes,
        judgement,
        judgedAt,
        highWatermark,
        pacer,
        onProgress,
      });
      statistics.finish(bytesBefore, bytes);
      onEvent({
        type: "compacted",
        database,
        baseOffset,
        endOffset,
        segments: run.length,
        bytesBefore,
        bytesAfter: bytes,
      });
      for (const { path } of run) {
        if (path !== replacement.path) await log.identity.fileSystem.remove(path);
      }
      statistics.replacedBytes = 0;
    } catch (error) {
      statistics.giveUp(error !== this.#pacer.signal.reason);
      if (error instanceof CorruptionError) log.noteDamage(error);
      throw error;
    }
  }

  async #swap(swap: Swap): Promise<Segment> {
    try {
      return await swapSegments(swap);
    } catch (error) {
      this.#swapFailure = errorOf(error);
      throw error;
    }
  }
}

const byteSizeOf = (segments: readonly Segment[]): number =>
  segments.reduce((sum, segment) => sum + segment.byteSize, 0);

const errorOf = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));
