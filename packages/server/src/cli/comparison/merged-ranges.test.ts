import { createHash } from "node:crypto";

import type { ContentRange, ContentTotal } from "@boxerdb/engine";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import type { ComparedKey, Span } from "./content-side.ts";
import { mergeKeys, type KeyDifference } from "./merged-keys.ts";
import { compareKeys, mergeRanges } from "./merged-ranges.ts";

type Side = readonly ComparedKey[];

/** Ranges as a node tells them, cut behind keys whose offsets can be divided by three. */
async function* rangesOf(side: Side): AsyncGenerator<ContentRange, ContentTotal> {
  for (const collection of new Set(side.map((key) => key.collection))) {
    let keys: ComparedKey[] = [];
    const range = (through: string | null): ContentRange => {
      const hash = hashOf(
        keys.map(({ key, offset, hash }) => `${key} ${offset} ${hash}`).join("\n"),
      );
      const told = { collection, through, keys: keys.length, bytes: keys.length, hash };
      keys = [];
      return told;
    };
    for (const key of side.filter((one) => one.collection === collection)) {
      keys.push(key);
      if (key.offset % 3 === 0) yield range(key.key);
    }
    yield range(null);
  }
  return { keys: side.length, bytes: side.length, hash: "" };
}

async function* keysOf(side: Side, { collection, gt, through }: Span): AsyncGenerator<ComparedKey> {
  for (const one of side) {
    if (one.collection !== collection) continue;
    if (gt !== undefined && compareKeys(one.key, gt) <= 0) continue;
    if (through !== null && compareKeys(one.key, through) > 0) continue;
    yield one;
  }
}

const hashOf = (text: string): string => createHash("sha256").update(text).digest("hex");

const place = (key: { readonly collection: string; readonly key: string }): string =>
  `${key.collection}/${key.key}`;

const side = fc
  .uniqueArray(
    fc.record({
      collection: fc.constantFrom("a", "b", "c"),
      key: fc.oneof(
        fc.string({ minLength: 1, maxLength: 2, unit: "binary" }),
        fc.constantFrom("k"),
      ),
      offset: fc.nat(20),
      hash: fc.constantFrom("x", "y"),
    }),
    { selector: place, maxLength: 30 },
  )
  .map((keys) =>
    keys.toSorted((a, b) => compareKeys(a.collection, b.collection) || compareKeys(a.key, b.key)),
  );

/** Two sides that have much in common. */
const sides = fc.tuple(side, side, fc.infiniteStream(fc.nat(9))).map(([one, other, chance]) => {
  const chances = chance[Symbol.iterator]();
  const own = other.filter((key) => !one.some((same) => place(same) === place(key)));
  const kept = one.filter(() => chances.next().value !== 0);
  const few = own.filter(() => chances.next().value === 0);
  const second = [...kept, ...few].toSorted(
    (a, b) => compareKeys(a.collection, b.collection) || compareKeys(a.key, b.key),
  );
  return [one, second] as const;
});

async function found(left: Side, right: Side): Promise<KeyDifference[]> {
  const { spans } = await mergeRanges(rangesOf(left), rangesOf(right), () => {});
  const differences: KeyDifference[] = [];
  for (const span of spans) {
    const before = differences.length;
    for await (const one of mergeKeys(keysOf(left, span), keysOf(right, span))) {
      differences.push(one);
    }
    // A span without a difference would be looked at for nothing.
    expect(differences.length).toBeGreaterThan(before);
  }
  return differences;
}

test("every key that differs is found, once, and no other", async () => {
  await fc.assert(
    fc.asyncProperty(sides, async ([left, right]) => {
      const byPlace = new Map(right.map((key) => [place(key), key]));
      const expected = new Set<string>();
      for (const key of left) {
        const other = byPlace.get(place(key));
        byPlace.delete(place(key));
        if (other?.offset !== key.offset || other.hash !== key.hash) expected.add(place(key));
      }
      for (const rest of byPlace.keys()) expected.add(rest);
      const differences = (await found(left, right)).map(place);
      expect(differences.toSorted()).toEqual([...expected].toSorted());
    }),
    { numRuns: 500 },
  );
});

test("sides that have nothing in common differ in whole collections", async () => {
  const key = (collection: string) => ({ collection, key: "k", offset: 1, hash: "x" });
  const { spans } = await mergeRanges(
    rangesOf([key("a"), key("c")]),
    rangesOf([key("b"), key("d")]),
    () => {},
  );
  expect(spans).toEqual(
    ["a", "b", "c", "d"].map((collection) => ({ collection, gt: undefined, through: null })),
  );
});
