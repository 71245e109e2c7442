import type { BackedUpDatabase } from "@boxerdb/engine";

/** "default up to offset 41 and shop up to offset 3", for people. */
export const databaseOffsets = (
  databases: readonly Pick<BackedUpDatabase, "name" | "offset">[],
): string => {
  if (databases.length === 0) return "no database";
  const parts = databases.map(({ name, offset }) => `${name} up to offset ${offset}`);
  return new Intl.ListFormat("en-GB", { type: "conjunction" }).format(parts);
};
