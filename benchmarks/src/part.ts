import type { Comparison } from "./report/comparison.ts";
import type { Round, Sizes } from "./report/figures.ts";
import type { Matrix } from "./report/matrix.ts";

/** What a round is given to work with. */
export interface RoundContext {
  /** Counts from 0. */
  readonly round: number;
  readonly sizes: Sizes;
  /** An empty directory for this round, removed after it. */
  readonly directory: string;
  /** Says what runs now, and how far it is. */
  readonly tell: (text: string) => void;
}

/** A part of a benchmark that can be run by itself, and whose figures are kept by themselves. */
export interface Part {
  /** For `--only`, and in the raw figures. */
  readonly name: string;
  readonly title: string;
  /** How large it is to be run. Kept with the figures: settings and comparisons are made from it. */
  readonly sizes: Sizes;
  /** What a reader must know about the subjects and the work, a sentence each. */
  readonly settings: (sizes: Sizes) => readonly string[];
  /** The peers' versions, and which are not on this machine. Default: those of the embedded stores. */
  readonly versions?: () => Promise<readonly string[]>;
  readonly comparisons: (sizes: Sizes) => readonly Comparison[];
  readonly matrices: (sizes: Sizes) => readonly Matrix[];
  /** Measures every subject once. */
  readonly measureRound: (context: RoundContext) => Promise<Round>;
}

/**
 * The subjects in the order in which a round takes them: each round begins with another one, so that
 * what drifts on the machine meets all of them alike.
 */
export function inTurn<Name>(names: readonly Name[], round: number): readonly Name[] {
  const first = names.length === 0 ? 0 : round % names.length;
  return [...names.slice(first), ...names.slice(0, first)];
}
