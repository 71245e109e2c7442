import * as fc from "fast-check";
import { expect, test } from "vitest";

import { durationBoundsSeconds, Histogram } from "./histogram.ts";

test("each bucket holds what is up to its bound", () => {
  const observation = fc.oneof(
    fc.double({ min: 0, max: 20, noNaN: true }),
    fc.constantFrom(...durationBoundsSeconds),
  );
  fc.assert(
    fc.property(fc.array(observation), (values) => {
      const histogram = new Histogram(durationBoundsSeconds);
      for (const value of values) histogram.observe(value);
      const { labels, buckets, count, sum } = histogram.distribution({ route: "/" });
      expect(labels).toEqual({ route: "/" });
      expect(count).toBe(values.length);
      expect(sum).toBeCloseTo(values.reduce((total, value) => total + value, 0));
      expect(buckets).toEqual(
        durationBoundsSeconds.map((upTo) => ({
          upTo,
          count: values.filter((value) => value <= upTo).length,
        })),
      );
    }),
  );
});
