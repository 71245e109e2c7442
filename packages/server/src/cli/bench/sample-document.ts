/** The documents that `bench` writes: about 80 bytes of msgpack each, under keys of 15 bytes. */

import type { Storable } from "@boxerdb/engine";

/** The key of document number `index`. */
export const sampleKey = (index: number): string => `user:${String(index).padStart(10, "0")}`;

/** Document number `index`. */
export const sampleDocument = (index: number) => ({
  id: index,
  name: `User Number ${index}`,
  email: `user${index}@example.com`,
  active: index % 2 === 0,
  score: index / 7,
});

/** Throws where a value that was read is not document number `index`: a wrong answer has no speed. */
export const checkSample = (value: Storable | undefined, index: number): void => {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isObject && "id" in value && value["id"] === index) return;
  throw new Error(`under ${sampleKey(index)} something else was read: ${JSON.stringify(value)}`);
};

/** Which of `count` documents is taken at a turn: all over them, and the same in every run. */
export const scatteredIndex = (turn: number, count: number): number =>
  // Multiplying by an odd number near 2³² by the golden ratio spreads neighbours far apart.
  (Math.imul(turn + 1, 0x9e3779b1) >>> 0) % count;
