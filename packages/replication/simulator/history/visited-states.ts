import type { PossibleWrites } from "./key-history.ts";
import type { RegisterState } from "./register.ts";

/** That the search has come to a state. */
interface Visit {
  readonly state: RegisterState;
  /** How many it took of each queue of possible writes, of those that are still of use. */
  readonly spent: ReadonlyMap<number, number>;
}

/**
 * Where the search has been: which steps were placed, what the key was like then, and which possible
 * writes it took. To come there again and have taken no fewer of each can lead to nothing new.
 */
export class VisitedStates {
  readonly #possibleWrites: readonly PossibleWrites[];
  /** By the bits of the steps that were placed. */
  readonly #visits = new Map<bigint, Visit[]>();

  constructor(possibleWrites: readonly PossibleWrites[]) {
    this.#possibleWrites = possibleWrites;
  }

  /** Notes a visit, and tells whether it is of any use. `taken`: how many of each queue were placed. */
  add(placedSteps: bigint, state: RegisterState, taken: readonly number[]): boolean {
    const visit: Visit = { state, spent: this.#spent(state, taken) };
    const visits = this.#visits.get(placedSteps);
    if (visits === undefined) {
      this.#visits.set(placedSteps, [visit]);
      return true;
    }
    if (visits.some((before) => covers(before, visit))) return false;
    visits.push(visit);
    return true;
  }

  #spent({ newest }: RegisterState, taken: readonly number[]): ReadonlyMap<number, number> {
    const spent = new Map<number, number>();
    for (const [queue, { ifOffset }] of this.#possibleWrites.entries()) {
      const count = taken[queue] ?? 0;
      // The first that was taken has moved the key on from its offset, to which it never comes back.
      const isOver = typeof ifOffset === "number" && ifOffset <= newest;
      if (count > 0 && !isOver) spent.set(queue, count);
    }
    return spent;
  }
}

/** Whether all that is possible from one visit is from another. Where the values differ, nobody reads them. */
const covers = ({ state, spent }: Visit, other: Visit): boolean =>
  state.newest === other.state.newest &&
  (state.entry === undefined) === (other.state.entry === undefined) &&
  [...spent].every(([queue, count]) => count <= (other.spent.get(queue) ?? 0));
