import type { EntryList } from "./entry-list.ts";

/** About what an entry takes beside its key's suffix, in bytes. */
const entryOverheadBytes = 14;

/**
 * Where to split entries of which one was just inserted: at it when it came first or last, as with keys
 * in rising or falling order, which leaves full pages behind; else in the middle of the bytes.
 */
export function splitIndex(list: EntryList, inserted: number): number {
  const last = list.count - 1;
  if (inserted === last) return inserted;
  if (inserted === 0) return 1;
  return cutAt(list, 1 / 2);
}

/** Where to cut a list so that about this share of the bytes comes before. Neither side is left empty. */
export function cutAt(list: EntryList, share: number): number {
  const last = list.count - 1;
  const overhead = entryOverheadBytes - list.sharedLength(0, last);
  let bytes = 0;
  for (let index = 0; index <= last; index++) bytes += list.keyLength(index) + overhead;
  let before = 0;
  for (let index = 0; index < last; index++) {
    before += list.keyLength(index) + overhead;
    if (before >= bytes * share) return Math.max(index, 1);
  }
  return last;
}
