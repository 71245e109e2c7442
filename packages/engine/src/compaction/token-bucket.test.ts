import * as fc from "fast-check";
import { expect, test } from "vitest";

import type { TimestampMs } from "../scalars.ts";

import { TokenBucket } from "./token-bucket.ts";

const MiB = 1 << 20;

test("who waits as told uses no more than was allowed, and not much less", () => {
  const use = fc.record({
    bytes: fc.integer({ min: 1, max: 4 * MiB }),
    idleMs: fc.nat({ max: 50 }),
  });
  fc.assert(
    fc.property(fc.array(use, { minLength: 20, maxLength: 200 }), (uses) => {
      const bytesPerSecond = 16 * MiB;
      let now = 1_000;
      const bucket = new TokenBucket(bytesPerSecond, now as TimestampMs);
      let used = 0;
      let idleMs = 0;
      for (const { bytes, idleMs: idle } of uses) {
        used += bytes;
        now += bucket.use(bytes, now as TimestampMs) + idle;
        idleMs += idle;
        const seconds = (now - 1_000) / 1_000;
        expect(used).toBeLessThanOrEqual(bytesPerSecond * (seconds + 0.25) + 1);
      }
      const busySeconds = (now - 1_000 - idleMs) / 1_000;
      expect(used).toBeGreaterThanOrEqual(bytesPerSecond * busySeconds - 0.02 * MiB * uses.length);
    }),
  );
});

test("a clock that is set back or forth neither stops it nor opens it", () => {
  const bucket = new TokenBucket(1_000, 10_000 as TimestampMs);
  expect(bucket.use(250, 10_000 as TimestampMs)).toBe(0);
  expect(bucket.use(100, 0 as TimestampMs)).toBe(100);
  // As much as may come at once, and no more, however far the clock went.
  expect(bucket.use(350, 9_000_000 as TimestampMs)).toBe(100);
});
