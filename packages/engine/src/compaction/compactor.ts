/**
 * Compacts the sealed segments of a database in the background, one run after the other, group by
 * group, so that the event loop is free in between. Works below the high watermark only.
 */
import type { StoreEvent } from "../events.ts";
import type { Keyspace } from "../index/keyspace.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { openSealed, scanSealed } from "../log/log-recovery.ts";
import type { Log } from "../log/log.ts";
import type { ScannedRecord } from "../log/segment-scanner.ts";
import type { Segment } from "../log/segment.ts";
import type { LogOffset } from "../scalars.ts";

import { pickRun, type CompactionCandidate } from "./compaction-picker.ts";
import { putIntoForce, rewriteSegments, type RewrittenName } from "./segment-rewriter.ts";

export interface CompactorOptions {
  readonly database: string;
  readonly log: Log;
  readonly keyspace: Keyspace;
  readonly highWatermark: () => LogOffset;
  /** Tombstones below it may go, as far as those are concerned who resume reading the log. */
  readonly purgeLimit: () => LogOffset;
  /** Makes durable all that is below the high watermark. */
  readonly makeDurable: () => Promise<void>;
  readonly onEvent: (event: StoreEvent) => void;
}

export class Compactor {
  readonly #options: CompactorOptions;
  #running: Promise<void> | undefined;
  #isClosing = false;
  // Set when a replacement may be in force on disk but not in memory: no run that overlaps it may
  // come into force too. The next open starts from the disk again.
  #swapFailure: Error | undefined;
  #runs = 0;
  #readBytes = 0;
  #writtenBytes = 0;

  constructor(options: CompactorOptions) {
    this.#options = options;
  }

  get status(): {
    readonly runs: number;
    readonly readBytes: number;
    readonly writtenBytes: number;
    readonly running: boolean;
  } {
    return {
      runs: this.#runs,
      readBytes: this.#readBytes,
      writtenBytes: this.#writtenBytes,
      running: this.#running !== undefined,
    };
  }

  /** Compacts what is worth it, unless that is going on already. A failure is told as an event. */
  start(): void {
    if (this.#running !== undefined || this.#isClosing) return;
    const { database, onEvent } = this.#options;
    void this.compact().catch((error: unknown) => {
      const cause = error instanceof Error ? error : new Error(String(error));
      onEvent({ type: "compaction-failed", database, error: cause });
    });
  }

  /** Compacts until nothing is worth it; joins a compaction that is going on. */
  async compact(): Promise<void> {
    this.#running ??= this.#compactAll().finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Ends after the run that is going on. */
  async close(): Promise<void> {
    this.#isClosing = true;
    await this.#running?.catch(() => {}); // Whoever started it has been told.
  }

  async #compactAll(): Promise<void> {
    while (!this.#isClosing) {
      if (this.#swapFailure !== undefined) throw this.#swapFailure;
      const sealed = this.#compactableSegments();
      const picked = pickRun(this.#candidates(sealed), this.#options.log.identity.segmentBytes);
      if (picked === undefined) return;
      await this.#compactRun(sealed.slice(picked.start, picked.end));
    }
  }

  #compactableSegments(): readonly Segment[] {
    const { log, highWatermark } = this.#options;
    const committed = highWatermark();
    return log.segments.filter(
      (segment) => segment !== log.active && segment.endOffset <= committed,
    );
  }

  #candidates(segments: readonly Segment[]): CompactionCandidate[] {
    const purgeLimit = this.#options.purgeLimit();
    let isClean = true;
    return segments.map(({ recordBytes, liveBytes, tombstoneBytes, stalePuts, endOffset }) => {
      const purgeable = isClean && endOffset <= purgeLimit ? tombstoneBytes : 0;
      isClean &&= stalePuts === 0;
      return { recordBytes, liveBytes: liveBytes - purgeable };
    });
  }

  async #compactRun(run: readonly Segment[]): Promise<void> {
    const { log, keyspace, highWatermark, makeDurable, onEvent, database } = this.#options;
    const purgeFloor = this.#purgeFloorOf(run);
    const keeps = (record: ScannedRecord, segment: Segment): boolean => {
      const { kind, collection, key, offset, position } = record;
      if (kind === FrameKind.epoch) return true;
      const current = keyspace.get(collection, key);
      if (kind === FrameKind.put) {
        return current?.segment === segment && current.position === position;
      }
      // A tombstone, which all before it has met: a value that is there now is newer, and hides the same.
      return offset >= purgeFloor && current === undefined;
    };
    const { name, bytes } = await rewriteSegments(log.identity, {
      run,
      highWatermark,
      keeps,
      purgeFloor,
      makeDurable,
    });
    const replacement = await this.#swap(run, name);
    for (const { path } of run) {
      if (path !== replacement.path) await log.identity.fileSystem.remove(path);
    }
    const bytesBefore = run.reduce((sum, segment) => sum + segment.byteSize, 0);
    this.#runs++;
    this.#readBytes += bytesBefore;
    this.#writtenBytes += bytes;
    onEvent({
      type: "compacted",
      database,
      baseOffset: replacement.baseOffset,
      endOffset: replacement.endOffset,
      segments: run.length,
      bytesBefore,
      bytesAfter: bytes,
    });
  }

  /** Puts a rewritten segment into force: on disk, then in the index, then in the log. */
  async #swap(run: readonly Segment[], name: RewrittenName): Promise<Segment> {
    const { log, keyspace } = this.#options;
    try {
      await putIntoForce(log.identity, name);
      const replacement = await openSealed(log.identity, name);
      log.admit(replacement);
      const replaced = new Set(run);
      await scanSealed(log.identity, replacement, (group, segment) => {
        for (const record of group.records) {
          const { position, start, end } = record;
          const place = { segment, position, byteLength: end - start };
          keyspace.relocate(record, place, replaced);
        }
      });
      log.replace(run, replacement);
      return replacement;
    } catch (error) {
      this.#swapFailure = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  }

  /**
   * Below which offset this run may lose its tombstones. They can only go when no older segment holds
   * a value that they hide.
   */
  #purgeFloorOf(run: readonly Segment[]): LogOffset {
    const { log, purgeLimit } = this.#options;
    const [first] = run;
    for (const segment of log.segments) {
      if (segment === first) return purgeLimit();
      if (segment.stalePuts > 0) break;
    }
    return 0 as LogOffset;
  }
}
