import type { Randomness } from "../randomness.ts";

/** What an operation asks of a disk. */
export type OperationKind = "metadata" | "read" | "write" | "sync";

/** Least and most milliseconds that most operations take; small ones are as frequent as large ones. */
const usualMs: Readonly<Record<OperationKind, readonly [least: number, below: number]>> = {
  metadata: [0.01, 0.2],
  read: [0.02, 0.3],
  write: [0.01, 0.3],
  sync: [0.1, 3],
};

/** How often an operation takes much longer, as where the disk is busy with something else. */
const stallRate = 0.005;
const stallFactor = [10, 300] as const;

/** No operation takes longer, so that what a slow disk has held up is over soon after it is well again. */
const longestMs = 15_000;

/** How long an operation takes. `slowness`: 1 for a disk that is well, 100 for one that is about to die. */
export function operationMs(randomness: Randomness, kind: OperationKind, slowness: number): number {
  const durationMs = randomness.magnitude(...usualMs[kind]) * slowness;
  const isStalled = randomness.chance(stallRate);
  const factor = isStalled ? randomness.magnitude(...stallFactor) : 1;
  return Math.min(durationMs * factor, longestMs);
}
