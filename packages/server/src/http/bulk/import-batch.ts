import type { PutOperation } from "@boxerdb/engine";

import { BadLineError } from "../../documents/bad-line-error.ts";
import { parseDocument } from "../../documents/document-line.ts";
import type { LineBlock } from "../../documents/line-blocks.ts";

import { digestWith, type LinesMark } from "./import-progress.ts";
import type { StoredLines } from "./stored-lines.ts";

/** A batch that has so many documents, or text of so many UTF-16 code units, is full. */
const maxDocuments = 1_000;
const maxLength = 1024 * 1024;

/** Documents that are written together, in the order of their lines. */
export interface ImportBatch {
  /** None where only empty lines are left. */
  readonly operations: readonly PutOperation[];
  /** What is done with each operation. */
  readonly marks: readonly LinesMark[];
  /** What is done with this batch. */
  readonly end: LinesMark;
  /** Whether no line follows. */
  readonly isLast: boolean;
}

/** How lines become batches. */
export interface ImportBatchOptions {
  /** For documents that name none. */
  readonly collection: string;
  /** The number of the first line of the request. */
  readonly firstLine: number;
  /** The lines that are left out. */
  readonly stored: StoredLines;
}

/**
 * Puts the documents of lines into batches, in order; empty lines are left out. Where a line is bad, the
 * documents before it still make a batch, and what is wrong is thrown when the next batch is asked for.
 *
 * @throws ProblemError (idempotency_key_reused) where the lines are not those that are stored already.
 */
export async function* importBatches(
  blocks: AsyncIterable<LineBlock>,
  { collection, firstLine, stored }: ImportBatchOptions,
): AsyncGenerator<ImportBatch, void, void> {
  let operations: PutOperation[] = [];
  let marks: LinesMark[] = [];
  let length = 0;
  let lines = firstLine - 1;
  let { digest } = stored;
  const take = (isLast: boolean): ImportBatch => {
    const batch = { operations, marks, end: { lines, digest }, isLast };
    operations = [];
    marks = [];
    length = 0;
    return batch;
  };
  try {
    for await (const { firstNumber, texts } of blocks) {
      for (const [index, text] of texts.entries()) {
        const number = firstNumber + index;
        if (stored.has(number, text)) {
          lines = number;
          continue;
        }
        const operation = isBlank(text) ? undefined : parseDocument({ number, text }, collection);
        const isFull = operations.length >= maxDocuments || length >= maxLength;
        if (isFull && operation !== undefined) yield take(false);
        lines = number;
        digest = digestWith(digest, text);
        if (operation === undefined) continue;
        operations.push(operation);
        marks.push({ lines, digest });
        length += text.length;
      }
    }
  } catch (error) {
    if (error instanceof BadLineError && operations.length > 0) yield take(false);
    throw error;
  }
  stored.end(lines);
  yield take(true);
}

const openingBrace = 0x7b;

const isBlank = (text: string): boolean =>
  text.charCodeAt(0) !== openingBrace && text.trim() === "";
