/** What goes wrong between a node and its configuration manager, as somebody decides it. */

/** A call, as it is decided upon. */
export type ManagerCall =
  | { readonly method: "read" }
  | { readonly method: "compareAndSet"; readonly name: string }
  | { readonly method: "register" | "renew" | "release"; readonly nodeId: string };

/** What becomes of a call. */
export interface CallFate {
  /**
   * How long the request is under way, in milliseconds. Infinity: it is lost. Longer than the caller
   * waits: it is done after the caller has given it up.
   */
  readonly requestMs: number;
  /** How long the answer is under way then. Infinity: it is lost. */
  readonly replyMs: number;
}

export interface ManagerFaults {
  call(call: ManagerCall): CallFate;
  /** After how long a hint reaches the node: once for each number. None: it is lost. */
  hint(): readonly number[];
}

/** Nothing goes wrong, and nothing takes time. */
export const noManagerFaults: ManagerFaults = {
  call: () => ({ requestMs: 0, replyMs: 0 }),
  hint: () => [0],
};

/** How likely each fault is, from 0 to 1, and how long things take. */
export interface ManagerFaultOdds {
  /** That a request is lost; the same for its answer. */
  readonly loss: number;
  /** That a request comes late, after up to `lateMs`. */
  readonly late: number;
  readonly lateMs: number;
  /** How long requests, answers and hints are under way at most, apart from that. */
  readonly delayMs: number;
  readonly hintLoss: number;
  readonly hintDoubled: number;
}

/** Decides by chance. `random`: from 0 to below 1, as Math.random. */
export function randomManagerFaults(random: () => number, odds: ManagerFaultOdds): ManagerFaults {
  const happens = (chance: number): boolean => random() < chance;
  const delayMs = (maxMs: number): number => Math.floor(random() * (maxMs + 1));
  const requestMs = (): number => {
    if (happens(odds.loss)) return Infinity;
    return delayMs(happens(odds.late) ? odds.lateMs : odds.delayMs);
  };
  return {
    call: () => ({
      requestMs: requestMs(),
      replyMs: happens(odds.loss) ? Infinity : delayMs(odds.delayMs),
    }),
    hint: () => {
      const times = happens(odds.hintLoss) ? 0 : happens(odds.hintDoubled) ? 2 : 1;
      return Array.from({ length: times }, () => delayMs(odds.delayMs));
    },
  };
}
