import type { PutOperation } from "../client/client.ts";

import { readDocument } from "./document.ts";
import type { Line } from "./line-reader.ts";

/** Documents that are sent in one request, in the order of their lines. */
export interface Batch {
  readonly operations: readonly PutOperation[];
  /** The last line whose document is in this batch or in one before it. */
  readonly lastLine: number;
}

/** How the documents of an input are put into batches. */
export interface BatchOptions {
  /** For documents that name none. */
  readonly collection: string;
  /** The first line that is taken; the lines before are not looked at. */
  readonly fromLine: number;
  /** Default 1,000. */
  readonly maxOperations?: number;
  /** The most text in a batch, in UTF-16 code units of its lines. Default 4 Mi; a longer line goes alone. */
  readonly maxLength?: number;
}

/**
 * Puts documents into batches, in order. Where a line is bad, the documents before it still make a
 * batch, and what is wrong is thrown when the next batch is asked for.
 */
export async function* batches(
  lines: AsyncIterable<Line>,
  options: BatchOptions,
): AsyncGenerator<Batch> {
  const { collection, fromLine, maxOperations = 1_000, maxLength = 4 * 1024 * 1024 } = options;
  let operations: PutOperation[] = [];
  let length = 0;
  let lastLine = fromLine - 1;
  const take = (): Batch => {
    const batch = { operations, lastLine };
    operations = [];
    length = 0;
    return batch;
  };
  try {
    for await (const line of lines) {
      if (line.number < fromLine || line.text.trim() === "") continue;
      const operation = readDocument(line, collection);
      const isFull = operations.length >= maxOperations || length + line.text.length > maxLength;
      if (isFull && operations.length > 0) yield take();
      operations.push(operation);
      length += line.text.length;
      lastLine = line.number;
    }
  } catch (error) {
    if (operations.length > 0) yield take();
    throw error;
  }
  if (operations.length > 0) yield take();
}
