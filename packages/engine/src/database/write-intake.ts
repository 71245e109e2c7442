import type { CompactorOptions } from "../compaction/compactor.ts";
import type { EngineError } from "../errors.ts";
import type { Log } from "../log/log.ts";
import type { ResolvedStoreOptions } from "../options.ts";
import type { LogOffset, TimestampMs } from "../scalars.ts";
import type { ReplicaMark } from "../store/replica-mark.ts";
import { CommitWaiters } from "../write/commit-waiters.ts";
import type { GroupWriter } from "../write/group-writer.ts";
import { InFlightBudget } from "../write/in-flight-budget.ts";
import type { PendingRecords } from "../write/pending-records.ts";

import type { BatchNote } from "./batch-note.ts";
import type { NewestState } from "./newest-state.ts";
import { OperationEncoder, type DeleteOperation, type Operation } from "./operation-encoder.ts";
import { WriteAdmission } from "./write-admission.ts";
import { WriteJudgement } from "./write-judgement.ts";
import type { WriteTerms } from "./write-terms.ts";

export interface WriteIntakeOptions {
  readonly store: ResolvedStoreOptions;
  readonly log: Log;
  readonly writer: GroupWriter;
  readonly pending: PendingRecords;
  readonly newest: NewestState;
  readonly replicaMark: ReplicaMark;
  /** Throws where no write that was let in may be appended. */
  readonly assertWritable: () => void;
}

/**
 * The way of a write from its caller into the open group, and back to its caller when it is committed:
 * let in, judged, encoded, answered.
 */
export class WriteIntake {
  readonly #options: WriteIntakeOptions;
  readonly #encoder: OperationEncoder;
  readonly #judgement: WriteJudgement;
  readonly #budget: InFlightBudget;
  readonly #admission: WriteAdmission;
  readonly #waiters: CommitWaiters;

  constructor(options: WriteIntakeOptions) {
    const { store, writer, pending, newest, assertWritable } = options;
    this.#options = options;
    this.#encoder = new OperationEncoder(store);
    const budget = new InFlightBudget(store.maxInFlightBytes);
    this.#budget = budget;
    this.#admission = new WriteAdmission(this.#encoder, budget);
    this.#waiters = new CommitWaiters((bytes) => budget.give(bytes));
    this.#judgement = new WriteJudgement({
      newest,
      pending,
      waiters: this.#waiters,
      assertWritable,
      makeDurable: () => writer.syncAccepted(),
    });
  }

  /** Bytes of writes that were taken and are not committed. */
  get inFlightBytes(): number {
    return this.#budget.usedBytes;
  }

  /** For who has to keep up with the writers. */
  get throttle(): CompactorOptions["writers"] {
    return this.#budget;
  }

  /** See OpenDatabase. */
  write(operations: readonly Operation[], terms: WriteTerms): Promise<LogOffset> {
    const judgement = this.#judgement;
    return this.#admission.enter(
      operations,
      (entered) =>
        judgement.repeated(terms) ?? judgement.refused(terms) ?? this.#append(entered, terms),
    );
  }

  /** See OpenDatabase. */
  delete(operation: DeleteOperation, terms: WriteTerms): Promise<LogOffset | undefined> {
    const judgement = this.#judgement;
    return this.#admission.enter(
      [operation],
      (entered): Promise<LogOffset | undefined> =>
        judgement.repeated(terms) ??
        judgement.refused(terms) ??
        judgement.absent(operation) ??
        this.#append(entered, terms),
    );
  }

  /** See OpenDatabase. */
  outcomeOf(terms: WriteTerms): Promise<LogOffset | undefined> {
    return this.#admission.ask(() => this.#judgement.repeated(terms));
  }

  /** Resolves when the record at `offset` is committed; rejects where that can no longer be known. */
  async untilCommitted(offset: LogOffset): Promise<void> {
    await this.#waiters.wait(offset, 0);
  }

  /** Answers the callers of all writes below the high watermark. */
  committed(highWatermark: LogOffset): void {
    this.#waiters.commit(highWatermark);
  }

  /** Rejects what is not committed; what waits to be let in meets why nothing may be appended. */
  fail(reason: Error): void {
    this.#waiters.fail(reason);
    this.#budget.admitAll();
  }

  /** See WriteAdmission. */
  async close(reason: EngineError, waiting: "let in" | "refused"): Promise<void> {
    await this.#admission.close(reason, waiting);
  }

  #append(operations: readonly Operation[], { durability, notes }: WriteTerms): Promise<LogOffset> {
    const { assertWritable, writer, log, store, newest, pending, replicaMark } = this.#options;
    assertWritable();
    const group = writer.openGroup;
    const before = group.writer.position;
    const firstOffset = writer.nextOffset;
    const epoch = log.epochs.last;
    const timestamp = store.clock.now();
    const lasting = notes.length === 0 ? notes : lastingNotes(newest, notes, timestamp);
    const stamp = { firstOffset, epoch, timestamp, notes: lasting };
    const nextOffset = this.#encoder.encode(operations, stamp, group, pending);
    const bytes = group.writer.position - before;
    this.#budget.takeAnyway(bytes);
    // What a power cut takes from here must not be on others.
    if (durability === "disk" || replicaMark.isSet) group.needsSync = true;
    group.records += nextOffset - firstOffset;
    writer.commitOpenGroup(nextOffset);
    return this.#waiters.wait((nextOffset - 1) as LogOffset, bytes);
  }
}

const lastingNotes = (
  newest: NewestState,
  notes: readonly BatchNote[],
  now: TimestampMs,
): readonly BatchNote[] => notes.map((note) => newest.lasting(note, now));
