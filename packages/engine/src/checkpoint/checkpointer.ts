/**
 * Writes the checkpoints of a database: in the background as its log grows, when it is asked to, and at
 * close. Steps, and what a crash leaves behind:
 *
 *   1. take an image, write <offset>.checkpoint.tmp, sync it    a .tmp file, removed at the next open
 *      sync the log up to the offset                            the same
 *   2. rename it to <offset>.checkpoint, sync the directory     in force, maybe beside the one before
 *   3. remove the one before                                    two of them: the newer one is used
 */
import type { Clock } from "../clock.ts";
import { ClosedError, type EngineError } from "../errors.ts";
import type { StoreEvent } from "../events.ts";
import type { Keyspace } from "../index/keyspace.ts";
import {
  checkpointFileName,
  isCheckpointFileName,
  isTemporaryCheckpointName,
  temporaryCheckpointName,
} from "../log/checkpoint-name.ts";
import type { Log } from "../log/log.ts";
import type { Segment } from "../log/segment.ts";
import type { LogOffset } from "../scalars.ts";

import { takeImage, type AppliedState, type CheckpointImage } from "./checkpoint-image.ts";
import { isCheckpointDue } from "./checkpoint-trigger.ts";
import { writeCheckpoint } from "./checkpoint-writer.ts";

/** In the background, at most so many bytes a second: a fraction of what any disk takes. */
const backgroundBytesPerSecond = 64 << 20;

export interface CheckpointerOptions {
  readonly database: string;
  readonly log: Log;
  readonly keyspace: Keyspace;
  readonly clock: Clock;
  /** Whether to write them unasked: as the log grows, and at close. */
  readonly mode: "background" | "manual";
  readonly appliedState: () => AppliedState;
  /** Makes durable all that is below the high watermark. */
  readonly makeDurable: () => Promise<void>;
  /** Why nothing may be written any more; undefined as long as it may. */
  readonly failure: () => EngineError | undefined;
  readonly onEvent: (event: StoreEvent) => void;
}

/** What the checkpoint on disk stands for. */
export interface CheckpointedState {
  readonly offset: LogOffset;
  /** In which the records stood then. */
  readonly segments: readonly Segment[];
  /** The length of its file. */
  readonly bytes: number;
}

/** What is known of the checkpoints of a database. */
export interface CheckpointStatus {
  /** All records below it are covered by the newest one; 0 where there is none. */
  readonly offset: LogOffset;
  /** The length of its file. */
  readonly bytes: number;
  /** Bytes of the log since then: after a crash about so many are read beside it. */
  readonly uncoveredLogBytes: number;
  /** How many were written since the database was opened, and how many could not be. */
  readonly written: number;
  readonly failures: number;
}

interface Run {
  readonly done: Promise<void>;
  /** Ends it early; undefined where somebody waits for it. */
  readonly abandon: AbortController | undefined;
}

export class Checkpointer {
  readonly #options: CheckpointerOptions;
  #run: Run | undefined;
  #isClosing = false;
  #last: CheckpointedState | undefined;
  /** Of the log's appended bytes, those that the last checkpoint covers: below 0 where some were replayed. */
  #coveredBytes: number;
  #written = 0;
  #failures = 0;

  /**
   * `last`: the checkpoint that the database was opened from. `replayedBytes`: how much of the log was
   * read beside it.
   */
  constructor(
    options: CheckpointerOptions,
    last: CheckpointedState | undefined,
    replayedBytes: number,
  ) {
    this.#options = options;
    this.#last = last;
    this.#coveredBytes = -replayedBytes;
  }

  get status(): CheckpointStatus {
    return {
      offset: this.#last?.offset ?? (0 as LogOffset),
      bytes: this.#last?.bytes ?? 0,
      uncoveredLogBytes: this.#options.log.appendedBytes - this.#coveredBytes,
      written: this.#written,
      failures: this.#failures,
    };
  }

  /** Begins one in the background if enough of the log was written, or read. A failure is told as an event. */
  noteAppended(): void {
    const { mode, log, database, onEvent } = this.#options;
    if (mode === "manual" || this.#run !== undefined || this.#isClosing) return;
    if (!isCheckpointDue(log.appendedBytes - this.#coveredBytes, this.#last?.bytes ?? 0)) return;
    const abandon = new AbortController();
    this.#begin(abandon).catch((error: unknown) => {
      if (!abandon.signal.aborted)
        onEvent({ type: "checkpoint-failed", database, error: asError(error) });
    });
  }

  /** Writes one now of all that is committed; resolves when it is in force. */
  async checkpoint(): Promise<void> {
    while (this.#run !== undefined) await this.#runEnded(this.#run);
    if (this.#isClosing) throw new ClosedError(`database "${this.#options.database}"`);
    await this.#begin(undefined);
  }

  /**
   * Ends what is going on in the background, and writes the last one, after all was written and synced.
   * `isLeaving`: the database will not be opened again. Never rejects: a failure is told as an event.
   */
  async close(isLeaving: boolean): Promise<void> {
    this.#isClosing = true;
    while (this.#run !== undefined) await this.#runEnded(this.#run);
    const { mode, failure, database, onEvent } = this.#options;
    if (isLeaving || mode === "manual" || failure() !== undefined) return;
    try {
      await this.#begin(undefined);
    } catch (error) {
      onEvent({ type: "checkpoint-failed", database, error: asError(error) });
    }
  }

  /** Waits for one that is going on; ends it early where nobody else waits. Another may have begun then. */
  async #runEnded({ abandon, done }: Run): Promise<void> {
    abandon?.abort();
    await done.catch(() => {}); // Whoever began it is told.
  }

  #begin(abandon: AbortController | undefined): Promise<void> {
    const done = this.#write(abandon?.signal).finally(() => {
      this.#run = undefined;
    });
    this.#run = { done, abandon };
    return done;
  }

  async #write(abandon: AbortSignal | undefined): Promise<void> {
    const { log, keyspace, appliedState, failure } = this.#options;
    const refusal = failure();
    if (refusal !== undefined) throw refusal;
    const applied = appliedState();
    const segments = log.readableSegments;
    if (applied.offset === 0 || this.#isCurrent(applied.offset, segments)) return;
    // Counted as covered even if it fails: it is not tried again before as much was written once more.
    this.#coveredBytes = log.appendedBytes;
    const image = takeImage(log, keyspace, applied);
    try {
      const bytes = await this.#writeImage(image, abandon);
      this.#last = { offset: applied.offset, segments, bytes };
      this.#written++;
    } catch (error) {
      if (abandon?.aborted !== true) this.#failures++;
      throw error;
    } finally {
      image.release();
    }
  }

  #isCurrent(offset: LogOffset, segments: readonly Segment[]): boolean {
    const last = this.#last;
    return (
      last?.offset === offset &&
      last.segments.length === segments.length &&
      segments.every((segment, index) => last.segments[index] === segment)
    );
  }

  /** Resolves to the length of the file when it is in force. */
  async #writeImage(image: CheckpointImage, abandon: AbortSignal | undefined): Promise<number> {
    const { log, database, makeDurable, onEvent } = this.#options;
    const { identity } = log;
    const { fileSystem, directory } = identity;
    const path = `${directory}/${checkpointFileName(image.offset)}`;
    const temporary = `${directory}/${temporaryCheckpointName(image.offset)}`;
    await this.#removeFiles(isTemporaryCheckpointName);
    const bytes = await writeCheckpoint(identity, image, (written) => this.#pace(written, abandon));
    try {
      // Of a record that was lost with the power, there must be no trace.
      await makeDurable();
      abandon?.throwIfAborted();
      await fileSystem.rename(temporary, path);
    } catch (error) {
      await fileSystem.remove(temporary).catch(() => {}); // What went wrong before says more.
      throw error;
    }
    await fileSystem.syncDirectory(directory);
    await this.#removeFiles(
      (name) => isCheckpointFileName(name) && `${directory}/${name}` !== path,
    );
    onEvent({ type: "checkpoint-written", database, offset: image.offset, bytes });
    return bytes;
  }

  async #removeFiles(isUnwanted: (fileName: string) => boolean): Promise<void> {
    const { fileSystem, directory } = this.#options.log.identity;
    for (const { name } of await fileSystem.list(directory)) {
      if (isUnwanted(name)) await fileSystem.remove(`${directory}/${name}`);
    }
  }

  /** Lets others have the event loop, and in the background the disk. */
  async #pace(bytes: number, abandon: AbortSignal | undefined): Promise<void> {
    if (abandon === undefined) {
      await new Promise((resolve) => setImmediate(resolve));
      return;
    }
    const delayMs = Math.ceil((bytes / backgroundBytesPerSecond) * 1000);
    abandon.throwIfAborted();
    await new Promise<void>((resolve) => {
      const goOn = (): void => {
        timer.cancel();
        abandon.removeEventListener("abort", goOn);
        resolve();
      };
      const timer = this.#options.clock.after(delayMs, goOn);
      abandon.addEventListener("abort", goOn);
    });
    abandon.throwIfAborted();
  }
}

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));
