import { randomInt, randomUUID } from "node:crypto";

/** Where the engine takes the ids of stores, databases and logs from. Injected, so that a simulation repeats. */
export interface Randomness {
  /** A UUID of version 4, which nobody has had before. */
  uuid(): string;
  /** A whole number from `least` on and below `end`, each as likely as the others; at most 2^48 apart. */
  integer(least: number, end: number): number;
}

/** The randomness of the machine. */
export const systemRandomness: Randomness = {
  uuid: () => randomUUID(),
  integer: (least, end) => randomInt(least, end),
};
