/**
 * In which order registrations of nodes were asked for, at one manager. A manager drops one that comes
 * when a later one of the same node id was done: one that goes through a wire that delays has to as well.
 */
export class RegistrationOrder {
  #asked = 0;
  /** By node id: the last that was done. */
  readonly #done = new Map<string, number>();

  /** The number of one that is asked for now. */
  next(): number {
    return ++this.#asked;
  }

  /** Whether one may be done, which it is then. */
  admit(nodeId: string, number: number): boolean {
    if (number < (this.#done.get(nodeId) ?? 0)) return false;
    this.#done.set(nodeId, number);
    return true;
  }
}
