/**
 * Bounds the bytes of writes that are not committed yet. Writers that find no room wait in the order
 * in which they came, and none overtakes another: one that was admitted counts as waiting until it
 * says by `entered` that it goes on.
 *
 * Whoever has to keep up with the writers can throttle them: then they go on only as far as is allowed.
 */
export class InFlightBudget {
  readonly #limitBytes: number;
  #usedBytes = 0;
  #entering = 0;
  /** How many bytes may still be let in. The last one may take more, so that any write gets its turn. */
  #allowedBytes = Infinity;
  readonly #waiting: { readonly bytes: number; readonly admit: () => void }[] = [];

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get usedBytes(): number {
    return this.#usedBytes;
  }

  /** Whether a write may go on at once, however long it will be. */
  get hasRoom(): boolean {
    return !this.hasQueue && this.#allowedBytes > 0 && this.#usedBytes < this.#limitBytes;
  }

  /** Whether writers wait that have not gone on yet. */
  get hasQueue(): boolean {
    return this.#waiting.length > 0 || this.#entering > 0;
  }

  /** Takes room for a write that went on because there was some; the limit may be exceeded by this one. */
  takeAnyway(bytes: number): void {
    this.#letIn(bytes);
  }

  /**
   * Takes room for `bytes`, at once (undefined) or when there is some (a promise, after which the writer
   * calls `entered`).
   */
  take(bytes: number): Promise<void> | undefined {
    if (!this.hasQueue && this.#hasRoom(bytes)) {
      this.#letIn(bytes);
      return undefined;
    }
    return new Promise((admit) => this.#waiting.push({ bytes, admit }));
  }

  /** Says that a writer who had to wait goes on. */
  entered(): void {
    this.#entering--;
    this.#admit();
  }

  /** Takes back what `take` took for a write of which it is known now what it takes. */
  correct(bytes: number): void {
    this.#allowedBytes += bytes;
    this.give(bytes);
  }

  /** Gives room back. */
  give(bytes: number): void {
    this.#usedBytes -= bytes;
    this.#admit();
  }

  /** Lets nobody in from now on but by `allow`. */
  throttle(): void {
    this.#allowedBytes = 0;
  }

  /** While throttled: lets in so many bytes more. */
  allow(bytes: number): void {
    this.#allowedBytes += bytes;
    this.#admit();
  }

  /** Ends `throttle`. */
  release(): void {
    this.#allowedBytes = Infinity;
    this.#admit();
  }

  #letIn(bytes: number): void {
    this.#usedBytes += bytes;
    this.#allowedBytes -= bytes;
  }

  #admit(): void {
    if (this.#waiting.length === 0) return;
    let next = this.#waiting[0];
    while (next !== undefined && this.#hasRoom(next.bytes)) {
      this.#waiting.shift();
      this.#letIn(next.bytes);
      this.#entering++;
      next.admit();
      next = this.#waiting[0];
    }
  }

  /** Admits all that wait; for when their writes will be refused anyway. */
  admitAll(): void {
    for (const { bytes, admit } of this.#waiting.splice(0)) {
      this.#usedBytes += bytes;
      this.#entering++;
      admit();
    }
  }

  // A write larger than the limit is let in alone.
  #hasRoom(bytes: number): boolean {
    if (this.#allowedBytes <= 0) return false;
    return this.#usedBytes === 0 || this.#usedBytes + bytes <= this.#limitBytes;
  }
}
