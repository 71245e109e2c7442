import { readFileSync } from "node:fs";

import { z } from "zod";

import { jsonErrorAt } from "../http/json-syntax.ts";

import { ConfigurationError } from "./configuration-error.ts";
import { systemReason } from "./system-reason.ts";

/** One setting of the file. */
export interface FileSetting {
  readonly field: string;
  readonly value: unknown;
  /** Where it stands, as in `boxerdb.json:3`. */
  readonly place: string;
}

const fileSchema = z.record(z.string(), z.unknown(), {
  error: 'must hold one JSON object, such as {"dataDir": "./data"}',
});

/**
 * Reads the settings from a file that holds one flat JSON object.
 *
 * @throws ConfigurationError where it cannot be read or is not such an object.
 */
export function readConfigurationFile(path: string): readonly FileSetting[] {
  const text = readText(path);
  const parsed = fileSchema.safeParse(parseJson(path, text));
  if (!parsed.success) {
    throw new ConfigurationError(`${path} ${parsed.error.issues[0]?.message ?? "is not valid"}`);
  }
  return Object.entries(parsed.data).map(([field, value]) => ({
    field,
    value,
    place: `${path}:${lineOfField(text, field)}`,
  }));
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const message = `the configuration file ${path} cannot be read: ${systemReason(cause)}`;
    throw new ConfigurationError(message, { cause });
  }
}

function parseJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const error = jsonErrorAt(text);
    const place = error === undefined ? path : `${path}:${error.line}:${error.column}`;
    throw new ConfigurationError(`${place} is not JSON: ${error?.message ?? String(cause)}`, {
      cause,
    });
  }
}

function lineOfField(text: string, field: string): number {
  const before = text.slice(0, Math.max(0, text.indexOf(JSON.stringify(field))));
  return before.split("\n").length;
}
