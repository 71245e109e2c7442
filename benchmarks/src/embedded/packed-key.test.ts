import { expect, test } from "vitest";

import { packedKey } from "./packed-key.ts";

test("keys are 16 digits, in the order of their numbers, at any count", () => {
  for (const count of [1, 10, 1_000, 20_000_000]) {
    let last = "";
    for (let index = 0; index < Math.min(count, 1_000); index++) {
      const key = packedKey(index, count);
      expect(key).toMatch(/^[0-9a-f]{16}$/);
      expect(key > last).toBe(true);
      last = key;
    }
    expect(packedKey(count - 1, count)).toMatch(/^[0-9a-f]{16}$/);
  }
});
