import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { byteStringOf, type ByteString } from "../log/byte-string.ts";

import { prefixEnd, type IndexReader, type KeyRange } from "./ordered-index.ts";
import { PackedBTree } from "./packed-btree.ts";
import { PageStore } from "./page-store.ts";
import type { WordDecoder } from "./tree-access.ts";

const complement = (value: number): number => ~value >>> 0;

// A value is kept beside its complement, so that words which do not belong together are told.
const decoder: WordDecoder<number> = {
  decode: (word0, word1) => {
    expect(word1).toBe(complement(word0));
    return word0;
  },
};

/** A tree, and views of it as it was. */
class SnapshotTree {
  readonly #pages = new PageStore();
  readonly tree = new PackedBTree<number>(this.#pages, decoder);

  set(key: ByteString, value: number): number | undefined {
    return this.tree.set(key, value, complement(value)) ? this.#previous() : undefined;
  }

  delete(key: ByteString): number | undefined {
    return this.tree.delete(key) ? this.#previous() : undefined;
  }

  #previous(): number {
    const { word0, word1 } = this.tree.previous;
    return decoder.decode(word0, word1);
  }

  snapshot(): { readonly view: IndexReader<number>; readonly release: () => void } {
    return { view: this.tree.snapshot(), release: this.#pages.snapshot() };
  }
}

// Of few characters, so that keys meet again; some of them beyond the basic multilingual plane.
const key = fc
  .string({ unit: fc.constantFrom("a", "b", "z", "\u0000", "é", "\uffee", "😀"), maxLength: 4 })
  .map(byteStringOf);

const bound = fc.record({ key, inclusive: fc.boolean() });
const range: fc.Arbitrary<KeyRange> = fc.record(
  { lower: bound, upper: bound },
  { requiredKeys: [] },
);

type Step =
  | { readonly type: "set"; readonly keys: readonly ByteString[] }
  | { readonly type: "delete"; readonly keys: readonly ByteString[] }
  | { readonly type: "ascending run" | "descending run"; readonly length: number }
  | { readonly type: "clear" | "snapshot" }
  | { readonly type: "read"; readonly range: KeyRange };

const keys = fc.array(key, { maxLength: 40 });
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ type: fc.constant("set" as const), keys }),
  fc.record({ type: fc.constant("delete" as const), keys }),
  fc.record({
    type: fc.constantFrom("ascending run" as const, "descending run" as const),
    length: fc.nat({ max: 300 }),
  }),
  fc.record({ type: fc.constantFrom("snapshot" as const, "clear" as const) }),
  fc.record({ type: fc.constant("read" as const), range }),
);

/** The model: keys and values in an array that is sorted anew each time. */
class SortedArray {
  #entries: [ByteString, number][] = [];

  get entries(): readonly (readonly [ByteString, number])[] {
    return this.#entries;
  }

  set(key: ByteString, value: number): number | undefined {
    const previous = this.delete(key);
    this.#entries.push([key, value]);
    this.#entries.sort(([a], [b]) =>
      Buffer.compare(Buffer.from(a, "latin1"), Buffer.from(b, "latin1")),
    );
    return previous;
  }

  delete(key: ByteString): number | undefined {
    const found = this.#entries.find(([other]) => other === key);
    this.#entries = this.#entries.filter((entry) => entry !== found);
    return found?.[1];
  }
}

const within = ({ lower, upper }: KeyRange, key: ByteString): boolean =>
  (lower === undefined || key > lower.key || (lower.inclusive && key === lower.key)) &&
  (upper === undefined || key < upper.key || (upper.inclusive && key === upper.key));

function expectSame(
  index: IndexReader<number>,
  entries: readonly (readonly [ByteString, number])[],
  range: KeyRange = {},
): void {
  const expected = entries.filter(([key]) => within(range, key));
  expect([...index.entries(range, false)]).toEqual(expected);
  expect([...index.entries(range, true)]).toEqual(expected.toReversed());
  expect(index.size).toBe(entries.length);
}

test("a tree does what a sorted array does, and its snapshots stay as they were", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30, size: "max" }), (steps) => {
      const trees = new SnapshotTree();
      const { tree } = trees;
      const model = new SortedArray();
      const snapshots: [ReturnType<SnapshotTree["snapshot"]>, SortedArray["entries"]][] = [];
      let value = 0;
      const set = (key: ByteString): void => {
        value++;
        expect(trees.set(key, value)).toBe(model.set(key, value));
      };
      const remove = (key: ByteString): void => {
        expect(trees.delete(key)).toBe(model.delete(key));
      };
      for (const step of steps) {
        switch (step.type) {
          case "set":
            for (const key of step.keys) set(key);
            break;
          case "delete":
            for (const key of step.keys) remove(key);
            break;
          case "ascending run":
            for (let at = 0; at < step.length; at++) set(numbered(at));
            break;
          case "descending run":
            for (let at = step.length; at > 0; at--) set(numbered(at));
            break;
          case "clear":
            for (const [key] of model.entries) remove(key);
            break;
          case "snapshot":
            snapshots.push([trees.snapshot(), [...model.entries]]);
            break;
          case "read":
            expectSame(tree, model.entries, step.range);
            break;
        }
      }
      expectSame(tree, model.entries);
      for (const [key, value] of model.entries) expect(tree.get(key)).toBe(value);
      for (const [{ view, release }, entries] of snapshots) {
        expectSame(view, entries);
        expectSame(view, entries, { lower: { key: numbered(7), inclusive: false } });
        for (const [key, value] of entries) expect(view.get(key)).toBe(value);
        release();
        // What comes after may use the memory again that only the snapshot had held.
        set(numbered(1));
        remove(numbered(2));
      }
      expectSame(tree, model.entries);
    }),
    { numRuns: 150 },
  );
});

const numbered = (number: number): ByteString =>
  byteStringOf(`n${String(number).padStart(4, "0")}`);

test("a large tree keeps its order through deletions from either end", () => {
  const trees = new SnapshotTree();
  const { tree } = trees;
  for (let at = 0; at < 20_000; at++) trees.set(byteStringOf(String((at * 7_919) % 20_000)), at);
  expect(tree.size).toBe(20_000);
  const sorted = [...tree.entries({}, false)].map(([key]) => key);
  expect(sorted).toEqual(sorted.toSorted((a, b) => (a < b ? -1 : 1)));
  for (const key of sorted.slice(0, 9_000)) tree.delete(key);
  for (const key of sorted.slice(11_000)) tree.delete(key);
  expect([...tree.entries({}, true)].map(([key]) => key)).toEqual(
    sorted.slice(9_000, 11_000).toReversed(),
  );
  for (const key of sorted.slice(9_000, 11_000)) tree.delete(key);
  expect([...tree.entries({}, false)]).toEqual([]);
});

test("an iteration over a snapshot is not disturbed by changes of the tree", () => {
  const trees = new SnapshotTree();
  const { tree } = trees;
  for (let at = 0; at < 500; at++) trees.set(numbered(at), at);
  const seen: number[] = [];
  for (const [key, value] of trees.snapshot().view.entries({}, false)) {
    seen.push(value);
    tree.delete(key);
    trees.set(numbered(1_000 + value), value);
  }
  expect(seen).toEqual(Array.from({ length: 500 }, (_, at) => at));
});

describe("the end of a prefix", () => {
  test("is above all that begin with it, and above nothing else", () => {
    fc.assert(
      fc.property(key, key, (prefix, key) => {
        const end = prefixEnd(prefix);
        if (prefix === "") expect(end).toBeUndefined();
        else if (end !== undefined) expect(key >= prefix && key < end).toBe(key.startsWith(prefix));
      }),
    );
  });

  test("does not exist where nothing is above", () => {
    expect(prefixEnd("\u00ff\u00ff" as ByteString)).toBeUndefined();
    expect(prefixEnd("a\u00ff" as ByteString)).toBe("b");
  });
});
