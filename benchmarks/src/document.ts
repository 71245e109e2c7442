/** The document of all benchmarks: about 80 bytes of msgpack. */
export interface UserDocument {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly active: boolean;
  readonly score: number;
}

/** The key of document number `index`. */
export const documentKey = (index: number): string => `user:${String(index).padStart(10, "0")}`;

/** Document number `index`. */
export const documentValue = (index: number): UserDocument => ({
  id: index,
  name: `User Number ${index}`,
  email: `user${index}@example.com`,
  active: index % 2 === 0,
  score: index / 7,
});

/** Numbers below `count` in an order that repeats with `seed` but follows no pattern (xorshift). */
export function* scatteredIndexes(count: number, seed = 42): Generator<number, never> {
  let state = seed;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield (state >>> 0) % count;
  }
}
