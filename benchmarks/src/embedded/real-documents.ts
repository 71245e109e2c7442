/** Documents from outside: lines of `{"key": …, "value": …}`, in a file that may be compressed by gzip. */
import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";

import type { JsonValue } from "@boxerdb/engine";

export type RealDocument = readonly [key: string, value: JsonValue];

/** Reads all documents of a file. Throws where a line is no document, with its number. */
export async function readRealDocuments(path: string): Promise<RealDocument[]> {
  const bytes = await readFile(path);
  const text = (path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString();
  return parseRealDocuments(text);
}

/** The documents of a text; empty lines are left out. */
export function parseRealDocuments(text: string): RealDocument[] {
  return text.split("\n").flatMap((line, index) => {
    if (line === "") return [];
    const document: unknown = JSON.parse(line);
    if (
      typeof document !== "object" ||
      document === null ||
      !("key" in document) ||
      typeof document.key !== "string" ||
      !("value" in document)
    ) {
      throw new Error(`line ${index + 1} is not of the form {"key": "…", "value": …}`);
    }
    // What JSON.parse made is JSON.
    const value = document.value as JsonValue;
    return [[document.key, value]];
  });
}
