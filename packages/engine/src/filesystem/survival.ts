import type { UnsyncedChange } from "./unsynced-change.ts";

/** What a power cut leaves of one unsynced change. */
export type Survival =
  /** All of it, or nothing. A change of names knows only these: all but false is true. */
  | boolean
  /** Of a write: only the size that it gave the file. What was not on disk reads as zeros. */
  | "size"
  /** Of a write: only its bytes from `from` up to `to`, counted from the write's first byte. */
  | { readonly from: number; readonly to: number };

/** Decides what a power cut leaves of a change. */
export type SurvivalRule = (change: UnsyncedChange) => Survival;

/** The changes survive up to the one numbered `end`, as on a disk that keeps their order. */
export function survivalInOrder(end: number): SurvivalRule {
  return (change) => change.sequence < end;
}

/**
 * A disk that keeps no order: each change survives in whole, in part or not at all, as a whole
 * number `seed` decides. The same seed gives the same answers to the same changes.
 */
export function randomSurvival(seed: number): SurvivalRule {
  const random = randomNumbers(seed);
  // Some cuts keep nearly all, some nearly nothing; a fair coin for each change would seldom try these.
  const survivalRate = random();
  return (change) => {
    const survives = random() < survivalRate;
    if (change.kind !== "write" || random() < 0.5) return survives;
    if (!survives) return random() < 0.25 ? "size" : false;
    const below = (end: number): number => Math.floor(random() * end);
    const cut = below(change.length + 1);
    // Torn: mostly the front survives, as with bytes that are streamed; sectors may come in any order.
    return random() < 0.7 ? { from: 0, to: cut } : { from: below(cut + 1), to: cut };
  };
}

/** The generator "mulberry32": numbers from 0 up to 1, the same for the same seed. */
function randomNumbers(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
