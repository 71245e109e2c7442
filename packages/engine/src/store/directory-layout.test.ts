import * as fc from "fast-check";
import { expect, test } from "vitest";

import {
  databaseDirectoryName,
  databaseNameOf,
  isDirectoryOf,
  isLeftoverDirectory,
} from "./directory-layout.ts";

const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".split("");
const name = fc
  .tuple(
    fc.constantFrom(...letters),
    fc.oneof(
      fc.string({ unit: fc.constantFrom(...letters, ".", "_", "-"), maxLength: 127 }),
      fc.string({ unit: fc.constantFrom("A", "b"), minLength: 90, maxLength: 127 }),
    ),
  )
  .map((parts) => parts.join(""));

test("a directory's name tells its database, in small letters, and fits into a file system", () => {
  fc.assert(
    fc.property(name, (database) => {
      const directory = databaseDirectoryName(database);
      expect(databaseNameOf(directory)).toBe(database);
      expect(directory).toBe(directory.toLowerCase());
      expect(directory.length).toBeLessThanOrEqual(240);
      expect(isLeftoverDirectory(directory)).toBe(false);
    }),
  );
});

test("a directory that was named before there was a long spelling holds its database", () => {
  const capitals = "A".repeat(120);
  expect(isDirectoryOf(capitals, "+a".repeat(120))).toBe(true);
  expect(isDirectoryOf(capitals, databaseDirectoryName(capitals))).toBe(true);
  expect(isDirectoryOf(capitals, "a".repeat(120))).toBe(false);
  expect(databaseNameOf("+a".repeat(120))).toBe(capitals);
});

test.each([
  ["default", "default"],
  ["My-DB", "+my-+d+b"],
  ["A".repeat(128), `${"a".repeat(128)}++1${"f".repeat(32)}`],
  [`b${"A".repeat(127)}`, `b${"a".repeat(127)}++17${"f".repeat(31)}`],
])("%s is in %s", (database, directory) => {
  expect(databaseDirectoryName(database)).toBe(directory);
});
