import { logOffset } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { databaseOffsets } from "./database-offsets.ts";

const named = (...names: readonly string[]) =>
  names.map((name, index) => ({ name, offset: logOffset(index + 1) }));

test("databases are told with their offsets", () => {
  expect(databaseOffsets([])).toBe("no database");
  expect(databaseOffsets(named("a"))).toBe("a up to offset 1");
  expect(databaseOffsets(named("a", "b", "c"))).toBe(
    "a up to offset 1, b up to offset 2 and c up to offset 3",
  );
});
