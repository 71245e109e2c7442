import * as fc from "fast-check";
import { expect, test } from "vitest";

import { acceptedEncoding } from "./accepted-encoding.ts";

const offered = ["br", "gzip"] as const;

test.each([
  [undefined, "identity"],
  ["", "identity"],
  ["gzip, deflate, br, zstd", "br"],
  ["gzip", "gzip"],
  ["GZIP", "gzip"],
  ["br;q=0.5, gzip;q=0.8", "gzip"],
  ["br;q=0.5, gzip;q=0.5", "br"],
  ["br;q=0, gzip;q=0", "identity"],
  ["*", "br"],
  ["br;q=0, *", "gzip"],
  ["identity;q=0.5, gzip;q=0.2", "identity"],
  ["identity, gzip", "gzip"],
  ["gzip ; q=1.0", "gzip"],
  ["gzip;q=2", "identity"],
  ["gzip;x=1", "identity"],
  ["deflate", "identity"],
])("of %j, %s is taken", (accepted, encoding) => {
  expect(acceptedEncoding(accepted, offered)).toBe(encoding);
});

test("whatever is sent, nothing is taken that was refused", () => {
  const element = fc.tuple(
    fc.constantFrom("br", "gzip", "identity", "*", "zstd", "", "b r"),
    fc.constantFrom("", ";q=0", ";q=0.3", ";q=1", ";q=nonsense", ";"),
  );
  fc.assert(
    fc.property(fc.array(element), (elements) => {
      const accepted = elements.map((parts) => parts.join("")).join(",");
      const taken = acceptedEncoding(accepted, offered);
      const named = elements.filter(([name]) => name === taken);
      if (taken === "identity") return;
      expect(named.some(([, weight]) => weight !== ";q=0") || accepted.includes("*")).toBe(true);
    }),
  );
});
