import type { Step } from "./key-history.ts";

/** A step in its list. One that was removed keeps its neighbours, so that it can be put back. */
export interface Link {
  readonly step: Step;
  /** Its own bit in a set of steps. */
  readonly bit: bigint;
  previous: Link | undefined;
  next: Link | undefined;
  isRemoved: boolean;
}

/** The steps that have not been placed yet, in the order of their invocations, as a linked list. */
export class StepList {
  #first: Link | undefined;

  /** `steps`: by the time of invocation. */
  constructor(steps: readonly Step[]) {
    const links = steps.map((step, index): Link => ({
      step,
      bit: 1n << BigInt(index),
      previous: undefined,
      next: undefined,
      isRemoved: false,
    }));
    for (const [index, link] of links.entries()) {
      link.previous = links[index - 1];
      link.next = links[index + 1];
    }
    this.#first = links[0];
  }

  /**
   * Those that can take effect next: invoked before the first deadline of all that are there. The one at
   * hand may be removed, and its deadline with it.
   */
  *candidates(): Generator<Link, void, undefined> {
    let firstDeadline = Infinity;
    // Who has the first deadline of all was invoked before it, and so comes before those that are too late.
    for (let link = this.#first; link !== undefined; link = link.next) {
      const { operation, deadline } = link.step;
      if (operation.invokedAt > firstDeadline) return;
      yield link;
      if (!link.isRemoved) firstDeadline = Math.min(firstDeadline, deadline);
    }
  }

  remove(link: Link): void {
    const { previous, next } = link;
    link.isRemoved = true;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next !== undefined) next.previous = previous;
  }

  /** Puts back what was removed last of all that is not there. */
  restore(link: Link): void {
    const { previous, next } = link;
    link.isRemoved = false;
    if (previous === undefined) this.#first = link;
    else previous.next = link;
    if (next !== undefined) next.previous = link;
  }
}
