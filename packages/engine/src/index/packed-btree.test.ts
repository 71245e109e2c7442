import * as fc from "fast-check";
import { expect, test } from "vitest";

import type { ByteString } from "../log/byte-string.ts";

import type { IndexReader, KeyRange } from "./ordered-index.ts";
import { PackedBTree } from "./packed-btree.ts";
import { PageStore } from "./page-store.ts";
import type { WordDecoder } from "./tree-access.ts";

interface Pair {
  readonly first: number;
  readonly second: number;
}

const decoder: WordDecoder<Pair> = {
  decode: (first, second) => ({ first, second }),
};

/** The same as the tree, in the simplest way. */
class SortedModel {
  readonly #entries: Map<string, Pair>;

  constructor(entries = new Map<string, Pair>()) {
    this.#entries = entries;
  }

  set(key: string, value: Pair): void {
    this.#entries.set(key, value);
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }

  copy(): SortedModel {
    return new SortedModel(new Map(this.#entries));
  }

  list({ lower, upper }: KeyRange): [string, Pair][] {
    return [...this.#entries]
      .filter(
        ([key]) => lower === undefined || (lower.inclusive ? key >= lower.key : key > lower.key),
      )
      .filter(
        ([key]) => upper === undefined || (upper.inclusive ? key <= upper.key : key < upper.key),
      )
      .toSorted(([a], [b]) => (a < b ? -1 : 1));
  }
}

const byte = (max: number) => fc.integer({ min: 0, max }).map((code) => String.fromCharCode(code));
// Short keys that meet often, keys of any bytes, and long ones under a common prefix.
const key = fc
  .oneof(
    fc.string({ unit: fc.constantFrom("a", "b"), minLength: 1, maxLength: 8 }),
    fc.string({ unit: byte(255), minLength: 1, maxLength: 24 }),
    fc
      .tuple(fc.integer({ min: 0, max: 40 }), fc.string({ unit: byte(127), maxLength: 300 }))
      .map(([repeat, end]) => ("a common prefix/".repeat(repeat) + end + "!").slice(0, 1024)),
  )
  .map((text) => text as ByteString);
const bound = fc.record({ key, inclusive: fc.boolean() });
const range: fc.Arbitrary<KeyRange> = fc.record(
  { lower: bound, upper: bound },
  { requiredKeys: [] },
);

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ op: fc.constant("set" as const), key }) },
  { weight: 3, arbitrary: fc.record({ op: fc.constant("delete" as const), key }) },
  // Sets and deletes that follow the keys there are, many at a time.
  { weight: 2, arbitrary: fc.record({ op: fc.constant("run" as const), key, count: fc.nat(300) }) },
  { weight: 2, arbitrary: fc.record({ op: fc.constant("prune" as const), range }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("snapshot" as const) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("release" as const), index: fc.nat(5) }) },
  { weight: 1, arbitrary: fc.record({ op: fc.constant("list" as const), range }) },
);

const expectSame = (tree: IndexReader<Pair>, model: SortedModel, within: KeyRange): void => {
  const expected = model.list(within);
  expect([...tree.entries(within, false)]).toEqual(expected);
  expect([...tree.entries(within, true)]).toEqual(expected.toReversed());
};

test("does what a sorted map does, snapshots do not change, and no page is lost", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const store = new PageStore();
      const tree = new PackedBTree(store, decoder);
      const model = new SortedModel();
      const snapshots: { reader: IndexReader<Pair>; expected: SortedModel; release: () => void }[] =
        [];
      const set = (at: ByteString, second: number): void => {
        const value = { first: at.length, second };
        model.set(at, value);
        tree.set(at, value.first, value.second);
        expect(tree.get(at)).toEqual(value);
      };
      for (const [number, one] of steps.entries()) {
        switch (one.op) {
          case "set":
            set(one.key, number);
            break;
          case "delete":
            model.delete(one.key);
            tree.delete(one.key);
            expect(tree.get(one.key)).toBeUndefined();
            break;
          case "run":
            for (let index = 0; index < one.count; index++) {
              set(`${one.key.slice(0, 1000)}${(index * 7) % 1000}` as ByteString, index);
            }
            break;
          case "prune":
            for (const [pruned] of model.list(one.range)) {
              model.delete(pruned);
              tree.delete(pruned as ByteString);
            }
            break;
          case "snapshot":
            snapshots.push({
              reader: tree.snapshot(),
              expected: model.copy(),
              release: store.snapshot(),
            });
            break;
          case "release": {
            const [released] = snapshots.splice(one.index, 1);
            if (released !== undefined) expectSame(released.reader, released.expected, {});
            released?.release();
            break;
          }
          case "list":
            expectSame(tree, model, one.range);
            break;
        }
        expect(tree.size).toBe(model.list({}).length);
      }
      expectSame(tree, model, {});
      for (const { reader, expected, release } of snapshots) {
        expectSame(reader, expected, {});
        release();
      }
      tree.release();
      expect(store.usedPages).toBe(0);
    }),
    { numRuns: 150 },
  );
});

test.each(["rising", "falling"])("keys in %s order leave full pages behind", (order) => {
  const store = new PageStore();
  const tree = new PackedBTree(store, decoder);
  const count = 20_000;
  for (let index = 0; index < count; index++) {
    const number = order === "rising" ? index : count - index;
    tree.set(`user:${String(number).padStart(10, "0")}` as ByteString, index, 0);
  }
  // A slot of 8 bytes, a value of 8, and a suffix of at most 4.
  expect(store.usedPages).toBeLessThan(((count * 20) / 4096) * 1.15);
});

test("keys in no order leave pages three quarters full", () => {
  const store = new PageStore();
  const tree = new PackedBTree(store, decoder);
  const count = 50_000;
  for (let index = 0; index < count; index++) {
    // Digits that look random, each number once: 7,919 and 1,000,000 have no factor in common.
    const number = (index * 7_919) % 1_000_000;
    tree.set(`${String(number).padStart(6, "0")}-and-more!` as ByteString, index, 0);
  }
  // A slot of 8 bytes, a value of 8, and 10 to 12 of a suffix of at most 14, whose first 4 are in the slot.
  expect(store.usedPages).toBeLessThan((count * 28) / 4096 / 0.75);
});

test("keys in rising order go on after the last leaf was copied for a snapshot that is gone", () => {
  const store = new PageStore();
  const tree = new PackedBTree(store, decoder);
  const keys = ["a", "b", "c", "d"] as ByteString[];
  for (const [index, key] of keys.slice(0, 3).entries()) tree.set(key, index, 0);
  const release = store.snapshot();
  tree.delete("a" as ByteString);
  release();
  // Memory that the snapshot had held, for another tree.
  const other = new PackedBTree(store, decoder);
  other.set("a" as ByteString, 0, 0);
  tree.set("d" as ByteString, 3, 0);
  expect([...tree.entries({}, false)].map(([key]) => key)).toEqual(keys.slice(1));
  expect([...other.entries({}, false)].map(([key]) => key)).toEqual(["a"]);
});
