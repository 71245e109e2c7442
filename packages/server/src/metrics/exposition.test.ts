import * as fc from "fast-check";
import { expect, test } from "vitest";

import { exposition } from "./exposition.ts";
import { Histogram } from "./histogram.ts";
import { counter, gauge, single } from "./metric-family.ts";

test("families are told with what they mean and of which type they are", () => {
  const histogram = new Histogram([0.1, 1]);
  for (const value of [0.1, 0.5, 3]) histogram.observe(value);
  const text = exposition([
    counter("boxerdb_things_total", "Things.", [
      { labels: { database: "a", code: 404 }, value: 3 },
      { labels: { database: "b", code: 200 }, value: 0 },
    ]),
    gauge("boxerdb_none", "There is nothing to tell of.", []),
    gauge("boxerdb_ratio", "A ratio.", single(0.25)),
    {
      type: "histogram",
      name: "boxerdb_seconds",
      help: "Seconds.",
      distributions: [histogram.distribution({ route: "/x" })],
    },
  ]);
  expect(text).toBe(`# HELP boxerdb_things_total Things.
# TYPE boxerdb_things_total counter
boxerdb_things_total{database="a",code="404"} 3
boxerdb_things_total{database="b",code="200"} 0
# HELP boxerdb_ratio A ratio.
# TYPE boxerdb_ratio gauge
boxerdb_ratio 0.25
# HELP boxerdb_seconds Seconds.
# TYPE boxerdb_seconds histogram
boxerdb_seconds_bucket{route="/x",le="0.1"} 1
boxerdb_seconds_bucket{route="/x",le="1"} 2
boxerdb_seconds_bucket{route="/x",le="+Inf"} 3
boxerdb_seconds_sum{route="/x"} 3.6
boxerdb_seconds_count{route="/x"} 3
`);
});

test("a label may hold anything, and stays on its line", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (value) => {
      const text = exposition([gauge("g", "h", [{ labels: { name: value }, value: 1 }])]);
      const [, , line = "", ...rest] = text.split("\n");
      expect(rest).toEqual([""]);
      const quoted = /^g\{name="((?:[^"\\]|\\["\\n])*)"\} 1$/su.exec(line)?.[1];
      const read = quoted?.replaceAll(/\\(.)/gsu, (_, character) =>
        character === "n" ? "\n" : character,
      );
      expect(read).toBe(value);
    }),
  );
});

test("a help text of several lines stays on one", () => {
  expect(exposition([gauge("g", "one\\\ntwo", single(1))])).toContain("# HELP g one\\\\\\ntwo\n");
});
