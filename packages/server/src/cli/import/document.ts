import { checkKey, checkName, checkStorable, EngineError, type JsonValue } from "@boxerdb/engine";
import { z } from "zod";

import { jsonErrorAt } from "../../http/json-syntax.ts";
import type { PutOperation } from "../client/client.ts";
import { CommandError } from "../command-error.ts";

import type { Line } from "./line-reader.ts";

const fields = z.strictObject({
  key: z.string("must be a string"),
  collection: z.string("must be a string").optional(),
  // A line that was parsed holds JSON.
  value: z.custom<JsonValue>().optional(),
});

/**
 * Reads a document from a line `{"key", "value", "collection"?}`. Throws CommandError that names the
 * line and says what is wrong with it.
 */
export const readDocument = (line: Line, defaultCollection: string): PutOperation => {
  const parsed = fields.safeParse(parseJson(line));
  if (!parsed.success) throw badLine(line, explain(parsed.error.issues[0]));
  const { key, value, collection = defaultCollection } = parsed.data;
  if (value === undefined) throw badLine(line, 'there is no "value"');
  try {
    checkKey(key);
    checkName("collection", collection);
    checkStorable(value);
  } catch (error) {
    if (error instanceof EngineError) throw badLine(line, error.message, error);
    throw error;
  }
  return { op: "put", collection, key, value };
};

const badLine = ({ number }: Line, what: string, cause?: Error): CommandError =>
  new CommandError("usage", `line ${number}: ${what}`, { cause });

const parseJson = (line: Line): unknown => {
  try {
    return JSON.parse(line.text);
  } catch (error) {
    const place = jsonErrorAt(line.text);
    const what =
      place === undefined ? String(error) : `${place.message}, at column ${place.column}`;
    throw badLine(line, `it is not JSON: ${what}`);
  }
};

const explain = (issue: z.core.$ZodIssue | undefined): string => {
  if (issue?.code === "unrecognized_keys") {
    const names = issue.keys.map((name) => JSON.stringify(name)).join(", ");
    return `it has ${names}: a document has "key", "value" and perhaps "collection"`;
  }
  const field = issue?.path[0];
  return field === undefined
    ? 'it is not an object: a document is written {"key": …, "value": …}'
    : `"${String(field)}" ${issue?.message ?? "is wrong"}`;
};
