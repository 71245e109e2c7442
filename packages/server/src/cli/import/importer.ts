import type { Client } from "../client/client.ts";
import { CommandError } from "../command-error.ts";
import { retrying, type RetryPolicy } from "../retry.ts";

import type { Batch } from "./batches.ts";
import { ImportStoppedError } from "./import-stopped-error.ts";

/** Where and how batches are sent. */
export interface ImportTarget {
  readonly client: Client;
  readonly database: string;
  readonly retry: RetryPolicy;
  /** Hears how many documents have been acknowledged so far. */
  readonly acknowledged: (documents: number) => void;
}

/**
 * Sends batches one after the other, so that of two lines with one key the later one wins. A batch
 * whose outcome is unknown is sent again: putting the same values twice changes nothing. Returns the
 * number of documents. Rejects with ImportStoppedError, which tells how far it came.
 */
export const importBatches = async (
  batches: AsyncIterable<Batch>,
  target: ImportTarget,
  fromLine: number,
): Promise<number> => {
  let documents = 0;
  let acknowledgedLine = fromLine - 1;
  try {
    for await (const batch of batches) {
      stopIfAsked(target.retry.signal);
      await retrying(target.retry, () => target.client.batch(target.database, batch.operations));
      documents += batch.operations.length;
      acknowledgedLine = batch.lastLine;
      target.acknowledged(documents);
    }
    stopIfAsked(target.retry.signal);
    return documents;
  } catch (error) {
    throw new ImportStoppedError(reasonOf(error, target.retry.signal), documents, acknowledgedLine);
  }
};

const stopIfAsked = (signal: AbortSignal): void => {
  if (signal.aborted) throw interrupted();
};

const interrupted = (cause?: unknown): CommandError =>
  new CommandError("interrupted", "stopped as asked", { cause });

/** What fails after the person asked to stop fails because of that. */
const reasonOf = (error: unknown, signal: AbortSignal): Error => {
  if (signal.aborted) return interrupted(error);
  return error instanceof Error ? error : new Error(String(error));
};
