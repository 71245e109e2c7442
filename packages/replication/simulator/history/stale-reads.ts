/** Reads of replicas: they may be behind, but not wrong, not ahead, and not behind what was seen before. */
import type { LogOffset } from "@boxerdb/engine";

import type { CommittedWrites } from "./committed-writes.ts";
import { alignedLines, entryText, offsetText } from "./operation-text.ts";
import type { Entry } from "./operation.ts";

/** A read that a node has answered from what it had applied itself. */
export interface StaleRead {
  readonly client: string;
  /** The node that answered. One that has lost what it had is another from then on: give it another name. */
  readonly node: string;
  readonly key: string;
  /** The events by which it began and ended, numbered in the order in which they came. */
  readonly invokedAt: number;
  readonly completedAt: number;
  /** Up to where the client wanted the node to have applied the log, at least. */
  readonly minOffset: LogOffset | undefined;
  /** What it was told; undefined: the key is absent. */
  readonly entry: Entry | undefined;
  /** The newest offset that the node said it had applied; undefined: none. */
  readonly appliedOffset: LogOffset | undefined;
  /** The newest offset that was committed when the node answered; undefined: none. */
  readonly committedOffset: LogOffset | undefined;
}

export type StaleReadVerdict =
  | { readonly isConsistent: true }
  | {
      readonly isConsistent: false;
      /** The read that cannot be. */
      readonly read: StaleRead;
      /** Why, as text. */
      readonly lines: readonly string[];
    };

/**
 * Checks the reads of one database:
 *
 * - what a node tells at an offset is what the log says there, and no more than was committed;
 * - it has applied at least what it was asked for;
 * - it never goes back: not for a client who reads again after an earlier read has ended.
 */
export function checkStaleReads(
  reads: readonly StaleRead[],
  committed: CommittedWrites,
): StaleReadVerdict {
  const sessions = Map.groupBy(reads, ({ client, node }) => JSON.stringify([client, node]));
  for (const session of sessions.values()) {
    for (const read of session) {
      const fault = contradiction(read, committed) ?? stepBack(read, session);
      if (fault !== undefined) return { isConsistent: false, read, lines: fault };
    }
  }
  return { isConsistent: true };
}

/** Why a read cannot be, by itself; undefined where it can. */
function contradiction(read: StaleRead, committed: CommittedWrites): readonly string[] | undefined {
  const { key, entry, minOffset, appliedOffset, committedOffset, completedAt } = read;
  if (isBelow(committedOffset, appliedOffset)) {
    return [
      `this read saw what was not committed, beyond ${offsetText(committedOffset)}:`,
      ...readLines([read]),
    ];
  }
  if (isBelow(appliedOffset, minOffset)) {
    return [
      `this read was answered too early, before ${offsetText(minOffset)}:`,
      ...readLines([read]),
    ];
  }
  const truth = committed.entryAt(key, appliedOffset);
  if (truth?.offset === entry?.offset && truth?.value === entry?.value) return undefined;
  if (entry === undefined && committed.mayBeDeleted(key, completedAt)) return undefined;
  return [
    `this read differs from the log, where key ${key} is ${entryText(truth)} at ${offsetText(appliedOffset)}:`,
    ...readLines([read]),
  ];
}

/** Why a read cannot come after the others of its client and node; undefined where it can. */
function stepBack(read: StaleRead, session: readonly StaleRead[]): readonly string[] | undefined {
  const before = session.find(
    ({ completedAt, appliedOffset }) =>
      completedAt < read.invokedAt && isBelow(read.appliedOffset, appliedOffset),
  );
  if (before === undefined) return undefined;
  return ["the second of these reads went back behind the first:", ...readLines([before, read])];
}

const isBelow = (left: LogOffset | undefined, right: LogOffset | undefined): boolean =>
  (left ?? -1) < (right ?? -1);

const readLines = (reads: readonly StaleRead[]): readonly string[] =>
  alignedLines(
    reads.map((read) => [
      `  [${read.invokedAt}, ${read.completedAt}]`,
      read.client,
      `get ${read.key} of ${read.node}`,
      `→ ${entryText(read.entry)}`,
      `applied ${offsetText(read.appliedOffset)}`,
    ]),
  );
