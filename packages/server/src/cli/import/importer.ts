import type { Client } from "../client/client.ts";
import { ServerError } from "../client/errors.ts";
import { CommandError } from "../command-error.ts";
import { retrying, type RetryPolicy } from "../retry.ts";

import { beginImport, type ImportSubject } from "./import-id.ts";
import type { LinePart } from "./import-parts.ts";
import { ImportStoppedError } from "./import-stopped-error.ts";

/** Where and how an import is sent. */
export interface ImportTarget {
  readonly client: Client;
  readonly retry: RetryPolicy;
  /** Hears that lines are left out, as an earlier run has stored them. */
  readonly continued: (lines: number) => void;
  /** Hears how many documents have been acknowledged so far in this run. */
  readonly acknowledged: (documents: number) => void;
}

/**
 * Sends an input part after part, so that of two lines with one key the later one wins. A part whose
 * outcome is unknown is sent again: the server knows what it has stored of it. Returns the number of
 * documents that were stored in this run. Rejects with ImportStoppedError, which tells how far it came.
 *
 * @param partsFrom gives the input from a line on
 */
export async function importParts(
  partsFrom: (firstLine: number) => AsyncIterable<LinePart>,
  subject: ImportSubject,
  { client, retry, continued, acknowledged }: ImportTarget,
): Promise<number> {
  const { database, collection, fromLine } = subject;
  let stored = { documents: 0, lines: fromLine - 1 };
  let before = 0;
  let canBeFound = false;
  try {
    const found = await retrying(retry, () => beginImport(client, subject));
    canBeFound = found.canBeFound;
    if (found.begun !== undefined) {
      stored = found.begun;
      before = stored.documents;
      continued(stored.lines);
    }
    for await (const { isLast, ...lines } of partsFrom(stored.lines + 1)) {
      stopIfAsked(retry.signal);
      const part = { id: found.id, collection, more: !isLast, ...lines };
      stored = await retrying(retry, () => client.importPart(database, part));
      acknowledged(stored.documents - before);
    }
    stopIfAsked(retry.signal);
    return stored.documents - before;
  } catch (error) {
    const last = error instanceof ServerError ? (error.stored ?? stored) : stored;
    const isBadLine = error instanceof ServerError && error.code === "invalid_line";
    throw new ImportStoppedError(
      reasonOf(error, retry.signal),
      { documents: last.documents - before, lines: Math.max(last.lines, stored.lines) },
      canBeFound && !isBadLine ? "same command" : "from line",
    );
  }
}

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
