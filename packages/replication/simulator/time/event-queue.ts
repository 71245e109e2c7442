/** What will happen at a moment of virtual time. */
export interface QueuedEvent {
  readonly atMs: number;
  /** Its place among all that were queued: of several at one moment, the first queued is the first. */
  readonly sequence: number;
  /** Undefined once it was called off. */
  callback: (() => void) | undefined;
}

/** Events in the order of their time. A binary heap: adding and taking cost the logarithm of its size. */
export class EventQueue {
  // Invariant: no event is before the one at half its place, counted from 1.
  readonly #heap: QueuedEvent[] = [];
  #nextSequence = 0;

  /** How many wait, those called off included. */
  get size(): number {
    return this.#heap.length;
  }

  add(atMs: number, callback: () => void): QueuedEvent {
    const event: QueuedEvent = { atMs, sequence: this.#nextSequence, callback };
    this.#nextSequence += 1;
    this.#rise(this.#heap.length, event);
    return event;
  }

  /** The next that was not called off. */
  peek(): QueuedEvent | undefined {
    for (let first = this.#heap[0]; first !== undefined; first = this.#heap[0]) {
      if (first.callback !== undefined) return first;
      this.#removeFirst();
    }
    return undefined;
  }

  /** As `peek`, and takes it out. */
  take(): QueuedEvent | undefined {
    const first = this.peek();
    if (first !== undefined) this.#removeFirst();
    return first;
  }

  #removeFirst(): void {
    const last = this.#heap.pop();
    if (last !== undefined && this.#heap.length > 0) this.#sink(last);
  }

  /** Puts `event` in a free place, or nearer to the front. */
  #rise(place: number, event: QueuedEvent): void {
    let at = place;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = this.#heap[parentAt];
      if (parent === undefined || !isBefore(event, parent)) break;
      this.#heap[at] = parent;
      at = parentAt;
    }
    this.#heap[at] = event;
  }

  /** Puts `event` in the first place, or further back. */
  #sink(event: QueuedEvent): void {
    let at = 0;
    for (;;) {
      let childAt = 2 * at + 1;
      let child = this.#heap[childAt];
      if (child === undefined) break;
      const sibling = this.#heap[childAt + 1];
      if (sibling !== undefined && isBefore(sibling, child)) {
        child = sibling;
        childAt += 1;
      }
      if (!isBefore(child, event)) break;
      this.#heap[at] = child;
      at = childAt;
    }
    this.#heap[at] = event;
  }
}

const isBefore = (a: QueuedEvent, b: QueuedEvent): boolean =>
  a.atMs < b.atMs || (a.atMs === b.atMs && a.sequence < b.sequence);
