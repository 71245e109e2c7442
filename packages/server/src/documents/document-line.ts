/**
 * A document as a line of JSON, in which export writes and import reads it:
 *
 *     {"collection": "users", "key": "ada", "value": {"name": "Ada"}}
 *     {"collection": "users", "key": "pic", "base64": "iVBORw0K", "expires": 1767225600000}
 *
 * A value that is bytes stands as `base64`. `expires` is there if the document ceases to be one day, in
 * milliseconds since 1970-01-01T00:00:00Z.
 */
import {
  checkKey,
  checkName,
  checkStorable,
  EngineError,
  maxContainers,
  timestampMs,
  type Entry,
  type JsonValue,
  type PutOperation,
} from "@boxerdb/engine";

import { hasMoreContainers } from "../http/json-containers.ts";
import { jsonErrorAt } from "../http/json-syntax.ts";
import { valueMembers } from "../http/value-members.ts";

import { BadLineError } from "./bad-line-error.ts";

/** A line of text, without its end. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

type JsonObject = { readonly [name: string]: JsonValue };

/**
 * The write that puts the document of a line, into `defaultCollection` where the line names none. That
 * the key, the collection's name and the value can be stored is for `checkDocument`, or for the engine,
 * to say.
 *
 * @throws BadLineError
 */
export function parseDocument(line: Line, defaultCollection: string): PutOperation {
  refuseManyContainers(line);
  const fields = parseJson(line);
  if (!isObject(fields)) {
    throw bad(line, 'it is not an object: a document is written {"key": …, "value": …}');
  }
  refuseUnknown(line, fields);
  const { key, collection = defaultCollection, value, base64, expires } = fields;
  if (typeof key !== "string") {
    throw bad(line, key === undefined ? 'there is no "key"' : '"key" must be a string');
  }
  if (typeof collection !== "string") throw bad(line, '"collection" must be a string');
  const stored = base64 === undefined ? value : bytesOf(line, base64, value);
  if (stored === undefined) throw bad(line, 'there is no "value"');
  if (expires === undefined) return { op: "put", collection, key, value: stored };
  if (typeof expires !== "number" || !Number.isSafeInteger(expires) || expires < 0) {
    throw bad(line, '"expires" must be a whole number of milliseconds since 1970');
  }
  return { op: "put", collection, key, value: stored, expires: timestampMs(expires) };
}

/** Throws BadLineError where the engine would refuse what `parseDocument` has read from a line. */
export function checkDocument(line: Line, { collection, key, value }: PutOperation): void {
  try {
    checkKey(key);
    checkName("collection", collection);
    checkStorable(value);
  } catch (error) {
    if (error instanceof EngineError) throw bad(line, error.message, error);
    throw error;
  }
}

/** The line of a document, with its end. */
export function documentLine(collection: string, { key, value, expires }: Entry): string {
  const until = expires === null ? {} : { expires };
  return `${JSON.stringify({ collection, key, ...valueMembers(value), ...until })}\n`;
}

function refuseManyContainers(line: Line): void {
  const { text } = line;
  // Most lines are shorter, and need no second look.
  if (text.length <= maxContainers || !hasMoreContainers(Buffer.from(text), maxContainers)) return;
  throw bad(line, `it has more than ${maxContainers} arrays and objects, the most that are read`);
}

const isObject = (value: JsonValue): value is JsonObject =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseJson(line: Line): JsonValue {
  try {
    return JSON.parse(line.text);
  } catch (error) {
    const place = jsonErrorAt(line.text);
    const what =
      place === undefined ? String(error) : `${place.message}, at column ${place.column}`;
    throw bad(line, `it is not JSON: ${what}`, error);
  }
}

function refuseUnknown(line: Line, fields: JsonObject): void {
  for (const name in fields) {
    if (isField(name)) continue;
    const unknown = Object.keys(fields).filter((other) => !isField(other));
    const told = unknown.slice(0, 10).map((other) => JSON.stringify(other.slice(0, 100)));
    const more = unknown.length - told.length;
    const names = more === 0 ? told.join(", ") : `${told.join(", ")} and ${more} more`;
    throw bad(
      line,
      `it has ${names}: a document has "key", "value" (or "base64") and perhaps "collection" and "expires"`,
    );
  }
}

function isField(name: string): boolean {
  switch (name) {
    case "collection":
    case "key":
    case "value":
    case "base64":
    case "expires":
      return true;
    default:
      return false;
  }
}

function bytesOf(line: Line, base64: JsonValue, value: JsonValue | undefined): Buffer {
  if (value !== undefined) throw bad(line, 'it has "value" and "base64": give one of them');
  if (typeof base64 !== "string") throw bad(line, '"base64" must be a string');
  const bytes = Buffer.from(base64, "base64");
  // Buffer skips what it cannot read.
  if (bytes.toString("base64") !== base64) throw bad(line, '"base64" is not well-formed base64');
  return bytes;
}

const bad = ({ number }: Line, what: string, cause?: unknown): BadLineError =>
  new BadLineError(number, what, { cause });
