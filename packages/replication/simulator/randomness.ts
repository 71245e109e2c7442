/** All chance of a simulation. Every draw comes from here, so that a seed makes a run again. */
import { hash } from "node:crypto";

import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plusFromState } from "pure-rand/generator/xoroshiro128plus";
import type { JumpableRandomGenerator } from "pure-rand/types/JumpableRandomGenerator";

/**
 * A generator that is known by its path, such as "42/n1/disk". Parts of a simulation have forks of
 * their own, so that one more draw in one part does not change what the others draw.
 */
export class Randomness {
  readonly path: string;
  readonly #generator: JumpableRandomGenerator;

  protected constructor(path: string) {
    this.path = path;
    this.#generator = xoroshiro128plusFromState(stateOf(path));
  }

  static ofSeed(seed: number): Randomness {
    return new Randomness(String(seed));
  }

  /** Another generator, which depends on this one's path and the name alone. */
  fork(name: string): Randomness {
    return new Randomness(`${this.path}/${name}`);
  }

  /** A whole number from `least` up to `end`, that excluded. As the engine asks for it. */
  integer(least: number, end: number): number {
    return uniformInt(this.#generator, least, end - 1);
  }

  /** A number from `least` up to `below`, that excluded. */
  real(least: number, below: number): number {
    return least + uniformFloat64(this.#generator) * (below - least);
  }

  /**
   * A number from `least` up to `below` whose order of magnitude is what is drawn evenly: of 1 to 1,000
   * a third is below 10. Both must be above 0.
   */
  magnitude(least: number, below: number): number {
    return least * Math.exp(this.real(0, Math.log(below / least)));
  }

  /** True in the share `probability` of all calls. Draws in any case. */
  chance(probability: number): boolean {
    return uniformFloat64(this.#generator) < probability;
  }

  /** One of `items`, of which there must be one. */
  pick<Item>(items: readonly Item[]): Item {
    const picked = items[this.integer(0, items.length)];
    if (picked === undefined) throw new Error("assertion failed: there is nothing to pick from");
    return picked;
  }

  /** One of `items`, each as often as its weight is large. */
  pickWeighted<Item>(items: readonly (readonly [item: Item, weight: number])[]): Item {
    const total = items.reduce((sum, [, weight]) => sum + weight, 0);
    let left = this.real(0, total);
    for (const [item, weight] of items) {
      left -= weight;
      if (left < 0) return item;
    }
    throw new Error("assertion failed: something has a weight above 0");
  }

  /** The same items in any order. */
  shuffle<Item>(items: readonly Item[]): Item[] {
    const left = [...items];
    const shuffled: Item[] = [];
    while (left.length > 0) shuffled.push(...left.splice(this.integer(0, left.length), 1));
    return shuffled;
  }

  /** A UUID of version 4. */
  uuid(): string {
    const digits = Array.from({ length: 4 }, () =>
      this.integer(0, 2 ** 32)
        .toString(16)
        .padStart(8, "0"),
    ).join("");
    const variant = "89ab"[Number.parseInt(digits.charAt(16), 16) & 3];
    return [
      digits.slice(0, 8),
      digits.slice(8, 12),
      `4${digits.slice(13, 16)}`,
      `${variant}${digits.slice(17, 20)}`,
      digits.slice(20),
    ].join("-");
  }
}

/** Paths that differ at all lead to states that have nothing to do with each other. */
function stateOf(path: string): readonly number[] {
  const digest = hash("sha256", path, "buffer");
  return [0, 4, 8, 12].map((at) => digest.readInt32LE(at));
}
