import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { expect } from "vitest";

const rewrite = process.env["REWRITE_GOLDEN"] === "1";

/**
 * Expects a text to be that of a file in this folder. With `REWRITE_GOLDEN=1` the file is made of the text
 * instead: read what changed before committing it.
 */
export async function expectGolden(name: string, text: string): Promise<void> {
  const path = fileURLToPath(new URL(name, import.meta.url));
  if (rewrite) {
    await writeFile(path, text);
    return;
  }
  const expected = await readFile(path, "utf8").catch(() => "(no such golden file)");
  expect(text, `${name}; REWRITE_GOLDEN=1 rewrites it`).toBe(expected);
}
