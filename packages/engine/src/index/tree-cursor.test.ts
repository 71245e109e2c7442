import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { ByteString } from "../log/byte-string.ts";

import type { KeyRange } from "./ordered-index.ts";
import { PackedBTree } from "./packed-btree.ts";
import { PageStore } from "./page-store.ts";

const decoder = { decode: (word0: number): number => word0 };
const keyCount = 1_200;

// Neighbours begin with the same 300 bytes, which makes long separators: a few hundred keys are enough
// for branches above branches.
const keyAt = (number: number): ByteString =>
  `${String(number >>> 2).padStart(3, "0")}${"-".repeat(300)}${number & 3}` as ByteString;

const key = fc.oneof(
  { weight: 8, arbitrary: fc.nat({ max: keyCount }).map(keyAt) },
  // Between the others, and beyond all of them.
  fc.nat({ max: 299 }).map((number) => String(number).padStart(3, "0") as ByteString),
  fc.constantFrom("" as ByteString, "\u00ff" as ByteString),
);
const bound = fc.record({ key, inclusive: fc.boolean() });
const range: fc.Arbitrary<KeyRange> = fc.record(
  { lower: bound, upper: bound },
  { requiredKeys: [] },
);
const step = fc.record({ nexts: fc.nat({ max: 40 }), seek: fc.option(key, { nil: undefined }) });
/** A key, and whether to set it rather than to delete it. */
const write = fc.tuple(fc.nat({ max: keyCount }), fc.boolean());

/** What a cursor does, on an array of the keys in its range, in its direction. */
class ArrayCursor {
  readonly #keys: readonly ByteString[];
  readonly #isBefore: (a: ByteString, b: ByteString) => boolean;
  #at = -1;

  constructor(keys: Iterable<ByteString>, { lower, upper }: KeyRange, reverse: boolean) {
    this.#isBefore = reverse ? (a, b) => a > b : (a, b) => a < b;
    this.#keys = [...keys]
      .filter(
        (key) => lower === undefined || key > lower.key || (lower.inclusive && key === lower.key),
      )
      .filter(
        (key) => upper === undefined || key < upper.key || (upper.inclusive && key === upper.key),
      )
      .toSorted((a, b) => (this.#isBefore(a, b) ? -1 : 1));
  }

  next(): ByteString | undefined {
    if (this.#at < this.#keys.length) this.#at++;
    return this.#keys[this.#at];
  }

  seek(key: ByteString): void {
    const found = this.#keys.findIndex((other) => !this.#isBefore(other, key));
    this.#at = (found < 0 ? this.#keys.length : found) - 1;
  }
}

describe.each([
  ["forwards", false],
  ["backwards", true],
])("a cursor %s", (_direction, reverse) => {
  test("goes as through a sorted array, and does not see what is written after its snapshot", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat({ max: keyCount }), { maxLength: keyCount, size: "max" }),
        range,
        fc.array(fc.tuple(step, fc.array(write, { maxLength: 5 })), { maxLength: 30 }),
        (numbers, range, steps) => {
          const store = new PageStore();
          const tree = new PackedBTree(store, decoder);
          const values = new Map<ByteString, number>();
          for (const [value, number] of numbers.entries()) {
            tree.set(keyAt(number), value, 0);
            values.set(keyAt(number), value);
          }
          const release = store.snapshot();
          const cursor = tree.snapshot().cursor(range, reverse);
          const model = new ArrayCursor(values.keys(), range, reverse);
          const step = (): boolean => {
            const expected = model.next();
            expect(cursor.next()).toBe(expected !== undefined);
            if (expected === undefined) return false;
            expect(cursor.key).toBe(expected);
            expect(cursor.value).toBe(values.get(expected));
            return true;
          };
          for (const [{ nexts, seek }, writes] of steps) {
            for (let count = 0; count < nexts; count++) step();
            if (seek !== undefined) {
              cursor.seek(seek);
              model.seek(seek);
            }
            for (const [number, isSet] of writes) {
              if (isSet) tree.set(keyAt(number), 1_000_000, 0);
              else tree.delete(keyAt(number));
            }
          }
          while (step());
          release();
        },
      ),
      { numRuns: 150 },
    );
  });

  test("over an empty tree has nothing to go to", () => {
    const cursor = new PackedBTree(new PageStore(), decoder).cursor({}, reverse);
    expect(cursor.next()).toBe(false);
    cursor.seek(keyAt(1));
    expect(cursor.next()).toBe(false);
  });

  test("is at no entry before the first, after the last, and after a seek", () => {
    const tree = new PackedBTree(new PageStore(), decoder);
    tree.set(keyAt(1), 1, 0);
    const cursor = tree.cursor({}, reverse);
    expect(() => cursor.value).toThrow("not at an entry");
    expect(cursor.next()).toBe(true);
    expect(cursor.value).toBe(1);
    expect(cursor.next()).toBe(false);
    expect(() => cursor.key).toThrow("not at an entry");
    cursor.seek(keyAt(1));
    expect(() => cursor.key).toThrow("not at an entry");
    expect(cursor.next()).toBe(true);
    expect(cursor.key).toBe(keyAt(1));
  });
});
