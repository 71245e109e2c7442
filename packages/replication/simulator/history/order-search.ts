import { logOffset, type LogOffset } from "@boxerdb/engine";

import type { KeyHistory } from "./key-history.ts";
import type { Operation } from "./operation.ts";
import {
  emptyRegister,
  fits,
  written,
  type EffectiveWrite,
  type RegisterState,
} from "./register.ts";
import { StepList, type Link } from "./step-list.ts";
import { VisitedStates } from "./visited-states.ts";

/** Operations in an order that explains their outcomes, but not those of all others. */
export interface PartialOrder {
  readonly placed: readonly Operation[];
  /** What the key is like after them. */
  readonly state: RegisterState;
  /** Of which one would have to come next, and none fits. */
  readonly misfits: readonly Operation[];
  /** How many begin only after one of the misfits has ended. */
  readonly later: number;
}

/** What comes next in an order: a step, or the first that is left of a queue of possible writes. */
type Next =
  | { readonly type: "step"; readonly link: Link }
  | { readonly type: "possible write"; readonly write: EffectiveWrite; readonly queue: number };

/** A write that may come next, and the state that it leaves. */
interface Branch {
  readonly next: Next;
  readonly state: RegisterState;
}

/** A place in the search: an order so far, and how it has not been tried to go on. */
interface Place {
  readonly depth: number;
  readonly state: RegisterState;
  readonly untried: Branch[];
}

/**
 * Looks for an order of the operations of a key in which each has the outcome that its client was told,
 * and none comes before one that had ended when it began (Wing and Gong, "Testing and Verifying
 * Concurrent Objects", 1993). Depth first: what can take effect next is placed, one after the other, and
 * taken back where it leads nowhere; where the same operations led to the same state before, that is
 * known already (Lowe, "Testing for Linearizability", 2017).
 *
 * Three things keep it short. Certain writes come in the order of their offsets. What changes nothing is
 * placed as soon as it fits, and stays: all that was possible without it is possible still. And a
 * possible write is placed only for the sake of what comes next and would not fit without it: if that
 * would, the order were as good with the possible write left out, or placed later.
 */
export class OrderSearch {
  readonly #history: KeyHistory;
  readonly #open: StepList;
  readonly #placed: Next[] = [];
  /** The bits of the steps among them. */
  #placedSteps = 0n;
  /** How many of each queue of possible writes have been placed. */
  readonly #taken: number[];
  /** How many steps have not been placed, and how many of the placed ones are writes. */
  #missing: number;
  #writes = 0;
  #state = emptyRegister;
  readonly #visited: VisitedStates;
  #longest: PartialOrder | undefined;
  #fewestMissing = Infinity;

  constructor(history: KeyHistory) {
    const { steps, possibleWrites } = history;
    this.#history = history;
    this.#open = new StepList(steps);
    this.#taken = possibleWrites.map(() => 0);
    this.#missing = steps.length;
    this.#visited = new VisitedStates(possibleWrites);
  }

  /** Undefined where there is such an order; otherwise the longest beginning of one. Call it once. */
  run(): PartialOrder | undefined {
    const places = [this.#settle(undefined)];
    for (;;) {
      if (this.#missing === 0) return undefined;
      const place = places.at(-1);
      if (place === undefined) return this.#longest;
      this.#returnTo(place);
      const branch = place.untried.pop();
      if (branch === undefined) {
        this.#noteDeadEnd();
        places.pop();
        continue;
      }
      this.#place(branch.next);
      this.#state = branch.state;
      if (this.#visited.add(this.#placedSteps, this.#state, this.#taken)) {
        places.push(this.#settle(branch.next.type === "step" ? undefined : place.state));
      }
    }
  }

  /**
   * Places all that fits and changes nothing, and says how it may go on. `before`: the state before the
   * possible write that was placed last, if it was one.
   */
  #settle(before: RegisterState | undefined): Place {
    const depth = this.#placed.length;
    for (const link of this.#open.candidates()) {
      const { type, operation } = link.step;
      if (type === "read" && fits(operation, this.#state)) this.#place({ type: "step", link });
    }
    const isNoticed = this.#placed.length > depth;
    const untried = this.#branches(isNoticed ? undefined : before);
    return { depth: this.#placed.length, state: this.#state, untried };
  }

  /**
   * The writes that may come next, the most likely one last. `unnoticed`: a state in which they must not
   * fit, or else they need not the possible write that was placed last.
   */
  #branches(unnoticed: RegisterState | undefined): Branch[] {
    const { offsets, possibleWrites } = this.#history;
    const state = this.#state;
    const mayCome = (write: EffectiveWrite): boolean =>
      fits(write, state) && (unnoticed === undefined || !fits(write, unnoticed));

    const candidates = [...this.#open.candidates()];
    const firstDeadline = Math.min(...candidates.map(({ step }) => step.deadline));
    const possibleOffsets = this.#possibleOffsets();
    const possible = possibleWrites.flatMap(({ queue: writes }, queue): readonly Branch[] => {
      const write = writes[this.#taken[queue] ?? 0];
      if (write === undefined || write.invokedAt > firstDeadline || !mayCome(write)) return [];
      const next = { type: "possible write", write, queue } as const;
      return possibleOffsets.map((offset) => ({ next, state: written(write, offset) }));
    });
    const certain = candidates.flatMap((link): readonly Branch[] => {
      const { step } = link;
      if (step.type === "read" || step.offset !== offsets[this.#writes]) return [];
      if (step.offset <= state.newest || !mayCome(step.operation)) return [];
      return [{ next: { type: "step", link }, state: written(step.operation, step.offset) }];
    });
    return [...possible, ...certain];
  }

  /**
   * The offsets that a possible write may have here, between its neighbours. Of those that nobody asked
   * for, the lowest stands for all, as it leaves the most room.
   */
  #possibleOffsets(): readonly LogOffset[] {
    const { offsets, guessedOffsets } = this.#history;
    const { newest } = this.#state;
    const end = offsets[this.#writes] ?? Infinity;
    const guessed = guessedOffsets.filter((offset) => offset > newest && offset < end);
    let lowest = newest + 1;
    for (const offset of guessed) if (offset === lowest) lowest++;
    return lowest < end ? [...guessed, logOffset(lowest)] : guessed;
  }

  #place(next: Next): void {
    if (next.type === "step") this.#open.remove(next.link);
    this.#placed.push(next);
    this.#count(next, 1);
  }

  #returnTo({ depth, state }: Place): void {
    for (const next of this.#placed.splice(depth).toReversed()) {
      if (next.type === "step") this.#open.restore(next.link);
      this.#count(next, -1);
    }
    this.#state = state;
  }

  #count(next: Next, change: 1 | -1): void {
    if (next.type === "step") {
      const { bit, step } = next.link;
      this.#placedSteps ^= bit;
      this.#missing -= change;
      if (step.type === "write") this.#writes += change;
    } else {
      this.#taken[next.queue] = (this.#taken[next.queue] ?? 0) + change;
    }
  }

  #noteDeadEnd(): void {
    if (this.#missing >= this.#fewestMissing) return;
    this.#fewestMissing = this.#missing;
    const misfits = [...this.#open.candidates()].map(({ step }) => step.operation);
    this.#longest = {
      placed: this.#placed.map((next) =>
        next.type === "step" ? next.link.step.operation : next.write,
      ),
      state: this.#state,
      misfits,
      later: this.#missing - misfits.length,
    };
  }
}
