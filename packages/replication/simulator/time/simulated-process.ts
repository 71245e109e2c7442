/** What a process is told from outside: that a timer is due, or that something has come in. */
export type Arrival = "timer" | "input";

interface HeldArrival {
  readonly kind: Arrival;
  readonly callback: () => void;
}

/** How a process has ended. `killed`: the machine goes on. `power lost`: the machine went down with it. */
export type Death = "killed" | "power lost";

/**
 * The life of one process of a node. All that comes in from outside, such as the end of a timer, of an
 * operation of the disk or of a call, passes `deliver`. It runs at no other time, so a process that was
 * killed never runs again, and what it waited for is forgotten with it.
 */
export class SimulatedProcess {
  readonly name: string;
  #state: "running" | "stopped" | "dead" = "running";
  /** What came in while it was stopped, in that order. */
  #held: HeldArrival[] = [];
  readonly #deathListeners = new Set<(death: Death) => void>();

  constructor(name: string) {
    this.name = name;
  }

  get isAlive(): boolean {
    return this.#state !== "dead";
  }

  /** By SIGSTOP, or as good as: a machine that swaps, an event loop that is blocked. */
  get isStopped(): boolean {
    return this.#state === "stopped";
  }

  /** Lets the process go on with what it has waited for: at once, when it is continued, or never. */
  deliver(kind: Arrival, callback: () => void): void {
    if (this.#state === "running") callback();
    else if (this.#state === "stopped") this.#held.push({ kind, callback });
  }

  /** Lets nothing in until `continue`. The clocks of its machine go on meanwhile. */
  stop(): void {
    if (this.#state === "running") this.#state = "stopped";
  }

  /**
   * Lets in what has come meanwhile, late. Whether that begins with the timers that have run out or with
   * the rest is up to where in its event loop the process was stopped.
   */
  continue(first: Arrival): void {
    if (this.#state !== "stopped") return;
    this.#state = "running";
    const held = this.#held;
    this.#held = [];
    const isFirst = ({ kind }: HeldArrival): boolean => kind === first;
    const inOrder = [...held.filter(isFirst), ...held.filter((arrival) => !isFirst(arrival))];
    // Each in a turn of its own, as in an event loop; one of them can end the process.
    for (const { kind, callback } of inOrder) {
      setImmediate(() => this.deliver(kind, callback));
    }
  }

  /** Ends it: nothing of it runs any more. */
  die(death: Death): void {
    if (this.#state === "dead") return;
    this.#state = "dead";
    this.#held = [];
    const listeners = [...this.#deathListeners];
    this.#deathListeners.clear();
    for (const listener of listeners) listener(death);
  }

  /** Calls back when the process ends; not where it has already. Returns how to stop that. */
  onDeath(listener: (death: Death) => void): () => void {
    this.#deathListeners.add(listener);
    return () => this.#deathListeners.delete(listener);
  }
}
