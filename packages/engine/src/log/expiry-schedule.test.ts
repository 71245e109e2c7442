import * as fc from "fast-check";
import { expect, test } from "vitest";

import type { TimestampMs } from "../scalars.ts";

import { ExpirySchedule } from "./expiry-schedule.ts";

const second = 1_000;
const year = 365 * 24 * 3_600 * second;
const expiry = fc
  .oneof(fc.nat({ max: 100 * second }), fc.nat({ max: year }), fc.nat({ max: 30 * year }))
  .map((ms) => (1_700_000_000_000 + ms) as TimestampMs);

test("what is said to have expired has, and all of it is said in the end", () => {
  const records = fc.array(fc.tuple(expiry, fc.integer({ min: 1, max: 1_000 })), {
    maxLength: 500,
    size: "max",
  });
  fc.assert(
    fc.property(records, fc.nat(), fc.array(expiry), (added, removed, times) => {
      const schedule = new ExpirySchedule();
      for (const [expires, bytes] of added) schedule.add(expires, bytes);
      const left = added.slice(removed % (added.length + 1));
      for (const [expires, bytes] of added.slice(0, removed % (added.length + 1))) {
        schedule.remove(expires, bytes);
      }
      const bytesOf = (among: typeof added): number =>
        among.reduce((sum, [, bytes]) => sum + bytes, 0);
      expect(schedule.totalBytes).toBe(bytesOf(left));
      for (const time of times) {
        const expired = left.filter(([expires]) => expires <= time);
        expect(schedule.expiredBytes(time)).toBeLessThanOrEqual(bytesOf(expired));
        const next = schedule.nextAfter(time);
        if (next === undefined) expect(schedule.expiredBytes(time)).toBe(bytesOf(left));
        else expect(schedule.expiredBytes(next)).toBeGreaterThan(schedule.expiredBytes(time));
      }
    }),
  );
});

test("it is no more than two seconds late where all expire within two minutes", () => {
  const schedule = new ExpirySchedule();
  for (let expires = 0; expires < 120_000; expires += 7) schedule.add(expires as TimestampMs, 7);
  for (let now = 0; now < 120_000; now += 997) {
    expect(schedule.expiredBytes(now as TimestampMs)).toBeGreaterThan(now - 2_048 - 7);
  }
});
