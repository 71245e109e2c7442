import { flat } from "../document.ts";

/**
 * Key number `index` of `count`: 16 hexadecimal digits that look random, but are in the order of their
 * numbers, so that a store can be filled in key order or out of it. Neighbours share few bytes, as the
 * keys of a sequence would.
 */
export function packedKey(index: number, count: number): string {
  const high = Math.floor((index / count) * 2 ** 32);
  return flat(hexOf(high) + hexOf(mixed(index)));
}

const hexOf = (value: number): string => value.toString(16).padStart(8, "0");

/** A number of 32 bits that does not show which one it was made from (the end of MurmurHash3). */
function mixed(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
