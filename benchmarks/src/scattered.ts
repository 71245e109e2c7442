/** Numbers in an order that follows no pattern, the same in each run. */

/** `length` numbers below `count`, in no order, some more than once (xorshift). */
export function scatteredIndexes(count: number, length: number, seed = 42): Uint32Array {
  const indexes = new Uint32Array(length);
  let state = seed;
  for (let at = 0; at < length; at++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    indexes[at] = (state >>> 0) % count;
  }
  return indexes;
}

/** All numbers below `count`, each once, in no order (Fisher and Yates). */
export function shuffledIndexes(count: number, seed = 42): Uint32Array {
  const indexes = new Uint32Array(count);
  for (let at = 0; at < count; at++) indexes[at] = at;
  let state = seed;
  for (let at = count - 1; at > 0; at--) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const other = (state >>> 0) % (at + 1);
    const moved = indexes[other] ?? 0;
    indexes[other] = indexes[at] ?? 0;
    indexes[at] = moved;
  }
  return indexes;
}
