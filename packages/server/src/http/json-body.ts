import { maxContainers } from "@boxerdb/engine";
import type { z } from "zod";

import { namedType, passesFor } from "./body-type.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { hasMoreContainers } from "./json-containers.ts";
import { jsonErrorAt } from "./json-syntax.ts";
import { ProblemError } from "./problem.ts";

/**
 * Reads the body of a request as JSON, strictly: its type, its length, its UTF-8, its syntax, its
 * form. The length is enforced while the body arrives.
 *
 * @param limitBytes the longest body that is taken
 * @param refuse throws where a body cannot be looked at closely, as its lists are too long for that
 * @throws ProblemError telling which of these is wrong, and where.
 */
export async function readJsonBody<Output>(
  exchange: Exchange,
  schema: z.ZodType<Output>,
  limitBytes: number,
  refuse: (body: unknown) => void = () => {},
): Promise<Output> {
  refuseOtherTypes(exchange);
  const bytes = await exchange.readBody(limitBytes);
  refuseManyContainers(bytes);
  const body = parseJson(decodeUtf8(bytes));
  refuse(body);
  return validated(body, schema);
}

// The parameters of a type that matter: JSON is UTF-8, and a client may say so.
const jsonType =
  /^application\/(?:[\w.!#$&^+-]+\+)?json\s*(?:;\s*charset\s*=\s*"?utf-?8"?\s*)?;?$/i;

/** Refuses a body that is compressed. Throws ProblemError (unsupported_media_type). */
export function refuseEncoding(exchange: Exchange): void {
  const encoding = exchange.header("content-encoding");
  if (encoding === undefined || encoding.toLowerCase() === "identity") return;
  throw new ProblemError({
    code: "unsupported_media_type",
    message: `a body with Content-Encoding "${encoding}" is not read: send it uncompressed`,
    headers: { "accept-encoding": "identity" },
  });
}

/**
 * JSON must be called JSON, or pass for it (see body-type.ts).
 *
 * @throws ProblemError (unsupported_media_type)
 */
export function refuseOtherTypes(exchange: Exchange): void {
  refuseEncoding(exchange);
  if (passesFor(exchange, jsonType)) return;
  throw new ProblemError({
    code: "unsupported_media_type",
    message:
      `a body of ${namedType(exchange)} is not read: send ` +
      "JSON in UTF-8, with the header Content-Type: application/json",
    headers: { accept: "application/json" },
  });
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

function refuseManyContainers(bytes: Uint8Array): void {
  if (!hasMoreContainers(bytes, maxContainers)) return;
  throw new ProblemError({
    code: "too_large",
    message: `the body has more than ${maxContainers} arrays and objects: send it in several requests`,
    members: { limit: maxContainers, unit: "containers" },
  });
}

/** How many of the things that are wrong with a body, and how much of each name, are told. */
const mostTold = 10;
const mostOfName = 100;

function validated<Output>(body: unknown, schema: z.ZodType<Output>): Output {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const { issues } = result.error;
  const told = issues.slice(0, mostTold);
  const more = issues.length - told.length;
  const message = told.map((issue) => inPlace(issue, describeIssue(issue))).join("; ");
  throw new ProblemError({
    code: "invalid_body",
    message: more === 0 ? message : `${message}; and ${more} more`,
    members: {
      errors: told.map((issue) => ({ path: placeOf(issue.path), message: describeIssue(issue) })),
    },
  });
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new ProblemError(
      {
        code: "invalid_utf8",
        message: "the body holds bytes that are not UTF-8: encode it so, nothing was stored",
      },
      { cause },
    );
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const error = jsonErrorAt(text);
    throw new ProblemError(
      {
        code: "malformed_json",
        message:
          error === undefined
            ? "the body is not JSON"
            : `the body is not JSON, at line ${error.line}, column ${error.column}: ${error.message}`,
        ...(error === undefined ? {} : { members: { line: error.line, column: error.column } }),
      },
      { cause },
    );
  }
}

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code !== "unrecognized_keys") return issue.message;
  const { keys } = issue;
  const fields = keys.slice(0, mostTold).map((key) => `"${key.slice(0, mostOfName)}"`);
  const more = keys.length - fields.length;
  const names = more === 0 ? fields.join(", ") : `${fields.join(", ")} and ${more} more`;
  return `${names} ${keys.length === 1 ? "is" : "are"} not known`;
}

function inPlace(issue: z.core.$ZodIssue, what: string): string {
  const place = placeOf(issue.path);
  if (issue.code === "unrecognized_keys") return `${what} ${place === "" ? "here" : `in ${place}`}`;
  return place === "" ? what : `${place}: ${what}`;
}

/** As in `operations[2].key`. */
const placeOf = (path: readonly PropertyKey[]): string =>
  path
    .map((part, index) =>
      typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${String(part)}`,
    )
    .join("");
