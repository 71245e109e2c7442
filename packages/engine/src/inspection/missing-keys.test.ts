import * as fc from "fast-check";
import { expect, test } from "vitest";

import { byteStringOf } from "../log/byte-string.ts";

import { MissingKeys } from "./missing-keys.ts";

const collection = byteStringOf("c");

test("finds the keys whose last record is a PUT, however few fit into memory", () => {
  const history = fc.array(fc.tuple(fc.boolean(), fc.nat({ max: 60 })), { maxLength: 300 });
  fc.assert(
    fc.property(history, fc.integer({ min: 1, max: 20 }), (records, limit) => {
      const missing = new MissingKeys(limit);
      const found: string[] = [];
      let readings = 0;
      while (missing.isToGoOn) {
        readings++;
        for (const [isPut, number] of records) {
          const key = byteStringOf(`k${number}`);
          if (isPut) missing.put(collection, key);
          else missing.delete(collection, key);
        }
        found.push(...missing.takeFound().map(({ key }) => key));
      }
      const last = new Map(records.map(([isPut, number]) => [`k${number}`, isPut]));
      const expected = [...last].flatMap(([key, isPut]) => (isPut ? key : []));
      expect(found.toSorted()).toEqual(expected.toSorted());
      if (new Set(records.map(([, number]) => number)).size <= limit) expect(readings).toBe(1);
    }),
  );
});
