import * as fc from "fast-check";
import { expect, test } from "vitest";

import { Randomness } from "./randomness.ts";

const drawsOf = (randomness: Randomness): readonly number[] =>
  Array.from({ length: 20 }, () => randomness.integer(0, 1_000_000));

test("the same seed draws the same, another one does not", () => {
  expect(drawsOf(Randomness.ofSeed(42))).toEqual(drawsOf(Randomness.ofSeed(42)));
  expect(drawsOf(Randomness.ofSeed(42))).not.toEqual(drawsOf(Randomness.ofSeed(43)));
});

test("a fork depends on its name, and not on what was drawn before", () => {
  const untouched = Randomness.ofSeed(1);
  const drawn = Randomness.ofSeed(1);
  drawsOf(drawn);
  expect(drawsOf(drawn.fork("disk"))).toEqual(drawsOf(untouched.fork("disk")));
  expect(drawsOf(untouched.fork("disk"))).not.toEqual(drawsOf(untouched.fork("network")));
  expect(drawsOf(untouched.fork("a").fork("b"))).toEqual(drawsOf(untouched.fork("a").fork("b")));
});

test("draws lie within their bounds", () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer(), fc.nat(1_000), (seed, least, size) => {
      const randomness = Randomness.ofSeed(seed);
      const integer = randomness.integer(least, least + size + 1);
      expect(integer).toBeGreaterThanOrEqual(least);
      expect(integer).toBeLessThanOrEqual(least + size);
      const magnitude = randomness.magnitude(0.01, 100);
      expect(magnitude).toBeGreaterThanOrEqual(0.01);
      expect(magnitude).toBeLessThan(100);
    }),
  );
});

test("chances and weights come out as often as they say", () => {
  const randomness = Randomness.ofSeed(5);
  const count = (draw: () => boolean): number =>
    Array.from({ length: 10_000 }, draw).filter(Boolean).length;
  expect(count(() => randomness.chance(0.1))).toBeCloseTo(1_000, -3);
  expect(count(() => randomness.chance(0))).toBe(0);
  const weighted = [["often", 3] as const, ["seldom", 1] as const, ["never", 0] as const];
  const often = count(() => randomness.pickWeighted(weighted) === "often");
  expect(often).toBeGreaterThan(7_200);
  expect(often).toBeLessThan(7_800);
});

test("a shuffle has the same items in any order", () => {
  const randomness = Randomness.ofSeed(9);
  const orders = new Set(Array.from({ length: 200 }, () => randomness.shuffle([1, 2, 3]).join("")));
  expect([...orders].toSorted()).toEqual(["123", "132", "213", "231", "312", "321"]);
});

test("a UUID is one of version 4", () => {
  const randomness = Randomness.ofSeed(3);
  const uuids = Array.from({ length: 100 }, () => randomness.uuid());
  for (const uuid of uuids) {
    expect(uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  }
  expect(new Set(uuids).size).toBe(100);
});
