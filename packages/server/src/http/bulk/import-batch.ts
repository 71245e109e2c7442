import type { PutOperation } from "@boxerdb/engine";

import { BadLineError } from "../../documents/bad-line-error.ts";
import { parseDocument } from "../../documents/document-line.ts";
import type { LineBlock } from "../../documents/line-blocks.ts";

/** A batch that has so many documents, or text of so many UTF-16 code units, is full. */
const maxDocuments = 1_000;
const maxLength = 1024 * 1024;

/** Documents that are written together, in the order of their lines. */
export interface ImportBatch {
  readonly operations: readonly PutOperation[];
  /** The line of each operation. */
  readonly lineNumbers: readonly number[];
  /** The last line that is done with this batch. */
  readonly lines: number;
  /** Whether no line follows. */
  readonly isLast: boolean;
}

/** How lines become batches. */
export interface ImportBatchOptions {
  /** For documents that name none. */
  readonly collection: string;
  /** The lines up to this one are left out. */
  readonly skippedLines: number;
}

/**
 * Puts the documents of lines into batches, in order; empty lines are left out. Where a line is bad, the
 * documents before it still make a batch, and what is wrong is thrown when the next batch is asked for.
 */
export async function* importBatches(
  blocks: AsyncIterable<LineBlock>,
  { collection, skippedLines }: ImportBatchOptions,
): AsyncGenerator<ImportBatch, void, void> {
  let operations: PutOperation[] = [];
  let lineNumbers: number[] = [];
  let length = 0;
  let lines = skippedLines;
  const take = (isLast: boolean): ImportBatch => {
    const batch = { operations, lineNumbers, lines, isLast };
    operations = [];
    lineNumbers = [];
    length = 0;
    return batch;
  };
  try {
    for await (const { firstNumber, texts } of blocks) {
      for (const [index, text] of texts.entries()) {
        const number = firstNumber + index;
        if (number <= skippedLines) continue;
        const operation = isBlank(text) ? undefined : parseDocument({ number, text }, collection);
        const isFull = operations.length >= maxDocuments || length >= maxLength;
        if (isFull && operation !== undefined) yield take(false);
        lines = number;
        if (operation === undefined) continue;
        operations.push(operation);
        lineNumbers.push(number);
        length += text.length;
      }
    }
  } catch (error) {
    if (error instanceof BadLineError && operations.length > 0) yield take(false);
    throw error;
  }
  if (operations.length > 0) yield take(true);
}

const openingBrace = 0x7b;

const isBlank = (text: string): boolean =>
  text.charCodeAt(0) !== openingBrace && text.trim() === "";
