/**
 * Group commit: one write and one sync make a whole group durable while the next group fills. The
 * only caller of the log's appending methods.
 */
import type { Clock } from "../clock.ts";
import { DiskFullError, PoisonedError, type EngineError } from "../errors.ts";
import { groupHeaderBytes } from "../log/group-header.ts";
import type { Log } from "../log/log.ts";
import type { Durability } from "../options.ts";
import type { LogOffset } from "../scalars.ts";

import { OpenGroup } from "./open-group.ts";

/** After how long without writes the last group is vouched for by a seal (see FORMAT.md). */
const idleSealMs = 1_000;

/** A group that has been written, as `StoreOptions.onGroupWritten` is told of it. */
export interface WrittenGroup {
  readonly database: string;
  readonly records: number;
  /** Of its records, as they stand in the log. */
  readonly bytes: number;
  /** `disk`: it was synced, too. */
  readonly durability: Durability;
  /** How long it took to write, and to sync where it was synced, with fractions of a millisecond. */
  readonly durationMs: number;
}

export interface GroupWriterOptions {
  readonly log: Log;
  readonly clock: Clock;
  /** Stored with each group, so that it is known again at the next open. */
  readonly highWatermark: () => LogOffset;
  /** Called when a group is offered to copies before it is accepted (see Log.offeredOffset). */
  readonly onOffered: () => void;
  /** Called after each group with the offset below which all is accepted (see Log). */
  readonly onAccepted: (acceptedOffset: LogOffset) => void;
  /** Called after each group that was written, before it is accepted. */
  readonly onWritten: (group: Omit<WrittenGroup, "database">) => void;
  /** Called once, when a write or a sync failed. */
  readonly onFailure: (error: EngineError) => void;
}

export class GroupWriter {
  readonly #options: GroupWriterOptions;
  readonly #log: Log;
  #open = new OpenGroup();
  #spare = new OpenGroup();
  #openEnd: LogOffset;
  #running: Promise<void> | undefined;
  #failure: EngineError | undefined;
  #isSealed = true;
  #sealTimer: { cancel(): void } | undefined;

  constructor(options: GroupWriterOptions) {
    this.#options = options;
    this.#log = options.log;
    this.#openEnd = options.log.endOffset;
  }

  /** The group that is filling. */
  get openGroup(): OpenGroup {
    return this.#open;
  }

  /** The offset that the next record gets. */
  get nextOffset(): LogOffset {
    return this.#openEnd;
  }

  /** Set once a write or a sync has failed; nothing is written from then on. */
  get failure(): EngineError | undefined {
    return this.#failure;
  }

  /** Says that the open group now ends at `nextOffset`, and has it written as soon as it can be. */
  commitOpenGroup(nextOffset: LogOffset): void {
    this.#openEnd = nextOffset;
    this.#running ??= this.#run();
  }

  /** Resolves when all that was handed over before the call is accepted; rejects if it cannot be. */
  async flushed(): Promise<void> {
    const target = this.#openEnd;
    while (this.#log.acceptedOffset < target && this.#failure === undefined) {
      if (this.#running === undefined) throw new Error("assertion failed: a group is on its way");
      await this.#running;
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Whether nothing is on its way. */
  get isIdle(): boolean {
    return this.#running === undefined && !this.#hasWork;
  }

  /** Resolves when nothing has been on its way; rejects where nothing can be written any more. */
  async idle(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Has `cut` take the end of the log back, and goes on from there. It must be idle, and nothing may be
   * handed over until this resolves. A failure is as one of a write.
   */
  async rewind(cut: () => Promise<void>): Promise<void> {
    if (!this.isIdle) {
      throw new Error("assertion failed: the log is not cut while it is written");
    }
    this.#sealTimer?.cancel();
    this.#running = this.#runCut(cut);
    await this.idle();
  }

  /** Makes all that is accepted durable, whatever its writers asked for; rejects if it cannot be. */
  async syncAccepted(): Promise<void> {
    await this.#guarded(() => this.#log.syncAccepted());
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Refuses all further writing: for a directory that is no longer ours. */
  fail(error: EngineError): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#sealTimer?.cancel();
    this.#options.onFailure(error);
  }

  /** Writes out what is left, syncs and seals the log. Never rejects: a failure is on record. */
  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    this.#sealTimer?.cancel();
    await this.#guarded(async () => {
      await this.#seal();
      await this.#log.finish();
    });
  }

  // An open group without records may still move the log's end over a gap.
  get #hasWork(): boolean {
    return this.#openEnd !== this.#log.endOffset;
  }

  async #run(): Promise<void> {
    // Let all who write in this turn of the event loop join the group, also those who were answered just
    // now and write again: one group of 64 takes half as long as two of 32.
    await nextTurn();
    while (this.#hasWork && this.#failure === undefined) {
      this.#sealTimer?.cancel();
      await this.#writeGroup();
      await nextTurn();
    }
    this.#running = undefined;
  }

  #sealLater(): void {
    this.#sealTimer = this.#options.clock.after(idleSealMs, () => {
      const idle = this.#running ?? Promise.resolve();
      // Unless somebody has written meanwhile, after which there will be another time.
      void idle.then(() => (this.#running ??= this.#runSeal()));
    });
  }

  async #writeGroup(): Promise<void> {
    const group = this.#open;
    const nextOffset = this.#openEnd;
    this.#open = this.#spare;
    await this.#guarded(async () => {
      const { bytes, needsSync, records } = group;
      const { clock, onOffered, onWritten } = this.#options;
      const highWatermark = this.#options.highWatermark();
      const durability = needsSync ? "disk" : "os";
      const terms = { highWatermark, durability, onOffered } as const;
      const startedMs = clock.monotonicMs();
      const written = await this.#log.append({ bytes, nextOffset }, terms);
      const durationMs = clock.monotonicMs() - startedMs;
      group.placeAt(written.segment, written.position);
      this.#isSealed = false;
      const recordBytes = bytes.byteLength - groupHeaderBytes;
      onWritten({ records, bytes: recordBytes, durability, durationMs });
    });
    group.clear();
    this.#spare = group;
    if (this.#failure !== undefined) return;
    this.#sealLater();
    // What is accepted and cannot be taken into the index must not be written after.
    await this.#guarded(async () => this.#options.onAccepted(nextOffset));
  }

  async #runCut(cut: () => Promise<void>): Promise<void> {
    await this.#guarded(cut);
    this.#openEnd = this.#log.endOffset;
    // What is now the last group may be one that nothing vouches for.
    this.#isSealed = false;
    this.#running = undefined;
    if (this.#failure === undefined) this.#sealLater();
  }

  async #runSeal(): Promise<void> {
    await this.#guarded(() => this.#seal());
    this.#running = undefined;
    if (this.#hasWork && this.#failure === undefined) this.#running = this.#run();
  }

  /** Vouches for the last group, so that damage to it cannot pass for a torn write. */
  async #seal(): Promise<void> {
    if (this.#isSealed) return;
    await this.#log.sync();
    await this.#log.appendSeal(this.#options.highWatermark());
    this.#isSealed = true;
  }

  async #guarded(work: () => Promise<void>): Promise<void> {
    if (this.#failure !== undefined) return;
    try {
      await work();
    } catch (error) {
      this.fail(failureOf(error));
    }
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function failureOf(error: unknown): EngineError {
  const outcome =
    "whether the last writes survived is unknown until the store is opened again; reads go on";
  if (error instanceof Error && "code" in error && error.code === "ENOSPC") {
    return new DiskFullError(`the disk is full: free some space, then restart; ${outcome}`, {
      cause: error,
    });
  }
  const reason = error instanceof Error ? error.message : String(error);
  return new PoisonedError(
    `writing to the log failed (${reason}): check the disk, then restart; ${outcome}`,
    {
      cause: error,
    },
  );
}
