/** What is committed of a database: where that ends, the index that shows it, and views of it. */
import type { AppliedState } from "../checkpoint/checkpoint-image.ts";
import { OffsetPassedError, type EngineError } from "../errors.ts";
import type { Keyspace } from "../index/keyspace.ts";
import type { Log, RecordPlace } from "../log/log.ts";
import type { ResolvedStoreOptions } from "../options.ts";
import { AwaitedViews } from "../read/awaited-views.ts";
import { View } from "../read/view.ts";
import type { LogOffset } from "../scalars.ts";
import type { MissedRecords } from "../store/manifest.ts";
import type { PendingRecord, PendingRecords } from "../write/pending-records.ts";

import type { RecoveredState } from "./recovered-state.ts";
import { Wholeness } from "./wholeness.ts";

export interface CommittedStateOptions {
  /** Of the database. */
  readonly name: string;
  readonly log: Log;
  readonly fileSystem: ResolvedStoreOptions["fileSystem"];
  /** What was read from the log when the database was opened. */
  readonly recovered: RecoveredState;
  /** See Wholeness. */
  readonly missed: MissedRecords;
  /** Told that all below an offset is applied, before anybody reads it. */
  readonly onCommitted: (offset: LogOffset) => void;
  /** Told when all is done that follows from a commit, or wholeness has changed. */
  readonly onChange: () => void;
}

export class CommittedState {
  readonly keyspace: Keyspace;
  readonly wholeness: Wholeness;
  readonly #options: CommittedStateOptions;
  readonly #pending: PendingRecords;
  readonly #awaitedViews = new AwaitedViews();
  // Invariant: highWatermark ≤ log.acceptedOffset.
  #highWatermark: LogOffset;
  #closed: EngineError | undefined;

  constructor(options: CommittedStateOptions) {
    const { name, log, fileSystem, recovered, missed, onChange } = options;
    this.#options = options;
    this.keyspace = recovered.keyspace;
    this.#pending = recovered.pending;
    this.#highWatermark = recovered.highWatermark;
    this.wholeness = new Wholeness({
      name,
      fileSystem,
      directory: log.identity.directory,
      missed,
      highWatermark: () => this.#highWatermark,
      onChange,
    });
  }

  /** Everything below it is committed, and so is applied to the index. */
  get highWatermark(): LogOffset {
    return this.#highWatermark;
  }

  /** What is in the index. Of a batch that lies below the high watermark in part, nothing is. */
  get applied(): AppliedState {
    const highWatermark = this.#highWatermark;
    const pending = this.#pending.firstOffset ?? highWatermark;
    return { offset: Math.min(pending, highWatermark) as LogOffset, highWatermark };
  }

  /** Why nothing is read any more; undefined as long as it can be. */
  get closed(): EngineError | undefined {
    return this.#closed;
  }

  /** See OpenDatabase.advanceHighWatermark. */
  advanceTo(offset: LogOffset): void {
    const target = Math.min(offset, this.#options.log.acceptedOffset) as LogOffset;
    if (target <= this.#highWatermark) return;
    while (this.#highWatermark < target) {
      const stop = this.#awaitedViews.next(target) ?? target;
      this.#pending.commit(stop, this.#apply);
      this.#highWatermark = stop;
      this.#options.onCommitted(stop);
      const { catchingUp } = this.wholeness;
      if (catchingUp === undefined) this.#awaitedViews.deliver(stop, () => this.view());
      else this.#awaitedViews.refuse(stop, catchingUp);
    }
    this.#options.onChange();
  }

  /** All that is committed now, unchanged until the view is closed. */
  view(): View {
    if (this.#closed !== undefined) throw this.#closed;
    return new View(this.#options.log, this.keyspace.snapshot(), this.#highWatermark);
  }

  /** See OpenDatabase.viewAt. */
  async viewAt(offset: LogOffset, signal: AbortSignal): Promise<View> {
    if (offset === this.#highWatermark) {
      this.wholeness.assertWhole();
      return this.view();
    }
    if (offset < this.#highWatermark) {
      throw new OffsetPassedError(this.#options.name, offset, this.#highWatermark);
    }
    if (this.#closed !== undefined) throw this.#closed;
    return this.#awaitedViews.wait(offset, signal);
  }

  /** Gives no more views, and rejects those who wait for one. */
  close(reason: EngineError): void {
    this.#closed = reason;
    this.#awaitedViews.fail(reason);
  }

  readonly #apply = (record: PendingRecord, place: RecordPlace): void => {
    this.keyspace.apply(record, place);
  };
}
