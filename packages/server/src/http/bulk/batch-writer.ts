import { setImmediate as turn } from "node:timers/promises";

import {
  ConflictError,
  EngineError,
  logOffset,
  type Database,
  type Durability,
  type LogOffset,
  type PutOperation,
} from "@boxerdb/engine";
import type { ReplicationNode } from "@boxerdb/replication";

import { BadLineError } from "../../documents/bad-line-error.ts";
import { ProblemError } from "../problem.ts";

import type { ImportBatch } from "./import-batch.ts";
import type { ImportProgress, LinesMark } from "./import-progress.ts";

/** How many batches are on their way to the disk while the next one is made. */
const maxInFlight = 8;

/** What the engine says of an operation that it will never take. Nothing of its batch is written then. */
const refusalCodes: readonly string[] = [
  "INVALID_KEY",
  "INVALID_NAME",
  "INVALID_VALUE",
  "INVALID_OPTION",
  "TOO_LARGE",
];

/** Where an import writes to, and how. */
export interface ImportTarget {
  readonly database: Database;
  readonly node: ReplicationNode;
  readonly durability: Durability | undefined;
  /** Under which the progress is stored with each batch; undefined where it is not. */
  readonly id: string | undefined;
  /** Where the request begins. */
  readonly from: LinesMark;
}

/**
 * Writes the batches of an import in their order, several of them on their way at once. After one has
 * failed none is written any more, so that what is written is the import up to some line, without gaps.
 */
export class BatchWriter {
  readonly #target: ImportTarget;
  readonly #inFlight = new Set<Promise<void>>();
  /** Of what was sent, whether or not it is committed. */
  #sent: ImportProgress;
  #committed: ImportProgress;
  #isFirst = true;
  #failure: { readonly error: unknown } | undefined;

  constructor(target: ImportTarget, begun: ImportProgress) {
    this.#target = target;
    this.#sent = begun;
    this.#committed = begun;
  }

  /** What is committed. */
  get progress(): ImportProgress {
    return this.#committed;
  }

  /**
   * Writes a batch as soon as there is room for it, and resolves when the next one can be made. Rejects
   * with what came of a batch before it; with BadLineError where the engine does not take a document,
   * after it has written those before it.
   *
   * @param complete whether the import is complete with it
   */
  async write(batch: ImportBatch, complete: boolean): Promise<void> {
    const { operations, marks, end } = batch;
    if (operations.length === 0 && !this.#hasNews(end, complete)) return;
    const refusal = await this.#write(operations, end, complete);
    if (refusal === undefined) return;
    // Together they may be too many or too long, or one of them is bad: which one is it?
    for (const [index, operation] of operations.entries()) {
      const mark = marks[index] ?? end;
      const isLast = index === operations.length - 1;
      const reason = await this.#write([operation], isLast ? end : mark, isLast && complete);
      if (reason !== undefined)
        throw new BadLineError(mark.lines, reason.message, { cause: reason });
    }
  }

  /** Whether there is progress to store without a document. Of an import of nothing, nothing is stored. */
  #hasNews({ lines }: LinesMark, complete: boolean): boolean {
    const sent = this.#sent;
    if (this.#target.id === undefined || sent.documents === 0) return false;
    return lines > sent.lines || (complete && !sent.complete);
  }

  /** Resolves when all is committed, or rejects with what came of it. */
  async finish(): Promise<ImportProgress> {
    await Promise.all(this.#inFlight);
    this.#throwFailure();
    return this.#committed;
  }

  /** Resolves when nothing is on its way any more, whatever came of it. */
  async settled(): Promise<ImportProgress> {
    await Promise.all(this.#inFlight);
    return this.#committed;
  }

  /** Resolves to why the engine refuses the operations for what they are; undefined where it does not. */
  async #write(
    operations: readonly PutOperation[],
    { lines, digest }: LinesMark,
    complete: boolean,
  ): Promise<EngineError | undefined> {
    while (this.#inFlight.size >= maxInFlight) await Promise.race(this.#inFlight);
    this.#throwFailure();
    const { database, node, from } = this.#target;
    node.assertWritable(database.name);
    const documents = this.#sent.documents + operations.length;
    const after: ImportProgress = { documents, lines, digest, from, complete, offset: null };
    let refusal: EngineError | undefined;
    let isJudged = false;
    const write = node.committed(database.batch(operations, this.#options(after)), database.name);
    const settled = this.#noteOutcome(write, after, (error) => {
      if (isJudged) this.#failure ??= { error };
      else refusal = error;
    });
    this.#inFlight.add(settled);
    void settled.finally(() => this.#inFlight.delete(settled));
    // What the engine refuses for what it is, it refuses at once: it is known before the next batch is
    // written, which must not be where this one is missing. The first one's condition it may judge late.
    await (this.#isFirst ? settled : turn());
    // A refusal that comes later all the same ends the import: nobody looks for a bad line any more.
    isJudged = true;
    if (refusal !== undefined) return refusal;
    this.#sent = after;
    this.#isFirst = false;
    return undefined;
  }

  async #noteOutcome(
    write: Promise<LogOffset>,
    after: ImportProgress,
    refused: (error: EngineError) => void,
  ): Promise<void> {
    try {
      this.#committed = { ...after, offset: await write };
    } catch (error) {
      if (error instanceof EngineError && refusalCodes.includes(error.code)) refused(error);
      else this.#failure ??= { error };
    }
  }

  #options({ documents, lines, digest, from, complete }: ImportProgress) {
    const { id, durability } = this.#target;
    const { offset } = this.#committed;
    const state = { documents, lines, digest, from: { ...from }, complete };
    // The first batch only goes on where the stored progress is the newest one; the others follow it.
    const ifOffset = this.#isFirst ? { ifOffset: offset === null ? null : logOffset(offset) } : {};
    return {
      ...(durability === undefined ? {} : { durability }),
      ...(id === undefined ? {} : { progress: { id, state, ...ifOffset } }),
    };
  }

  #throwFailure(): void {
    if (this.#failure === undefined) return;
    const { error } = this.#failure;
    throw error instanceof ConflictError ? notSettled(error) : error;
  }
}

/** What an earlier request wrote was not committed when this one began, and is in its way. */
const notSettled = (cause: ConflictError): ProblemError =>
  new ProblemError(
    {
      code: "not_ready",
      message:
        "what an earlier request of this import has written is not committed yet: repeat the request",
      headers: { "retry-after": "1" },
    },
    { cause },
  );
