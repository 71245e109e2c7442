import * as fc from "fast-check";
import { expect, test } from "vitest";

import { GatheredBytes } from "./gathered-bytes.ts";

const chunkLengths = fc.array(
  fc.oneof(fc.nat(20), fc.nat(20_000), fc.constantFrom(16_383, 16_384, 40_000)),
  { maxLength: 30 },
);

test("bytes come out as they came in, however they were cut, and again after that", () => {
  fc.assert(
    fc.property(chunkLengths, chunkLengths, (first, second) => {
      const gathered = new GatheredBytes();
      for (const lengths of [first, second]) {
        const chunks = lengths.map((length, index) => Buffer.alloc(length, index + 1));
        for (const chunk of chunks) gathered.add(chunk);
        const all = Buffer.concat(chunks);
        expect(gathered.length).toBe(all.length);
        expect(gathered.allocatedBytes).toBeGreaterThanOrEqual(all.length);
        expect(Buffer.compare(gathered.take(), all)).toBe(0);
        expect([gathered.length, gathered.allocatedBytes, gathered.pieces]).toEqual([0, 0, 0]);
      }
    }),
  );
});

test("one chunk is not copied", () => {
  const gathered = new GatheredBytes();
  const chunk = Buffer.from("short");
  gathered.add(chunk);
  expect(gathered.take()).toBe(chunk);
});

test("chunks of a byte take about as much memory as one that is as long as all of them", () => {
  const gathered = new GatheredBytes();
  const one = Buffer.from("x");
  for (let count = 0; count < 3_000_000; count++) gathered.add(one);
  expect(gathered.pieces).toBeLessThan(12);
  expect(gathered.allocatedBytes).toBeLessThan(4_500_000);
});

test("long chunks among short ones do not make many blocks that are almost empty", () => {
  const gathered = new GatheredBytes();
  const one = Buffer.from("x");
  for (let count = 0; count < 2_000_000; count++) gathered.add(one);
  for (let round = 0; round < 100; round++) {
    gathered.add(Buffer.alloc(16 * 1024));
    gathered.add(one);
  }
  expect(gathered.allocatedBytes - gathered.length).toBeLessThan(1_100_000);
});
