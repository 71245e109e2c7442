import { z } from "zod";

import { ProblemError } from "./problem.ts";
import { decodeQueryPart } from "./request-target.ts";

/** A query parameter that is `true` or `false`; given without a value, it is true. */
export const booleanParameter = z
  .string()
  .transform((text) => (text === "" ? "true" : text))
  .pipe(z.enum(["true", "1", "false", "0"], { error: "must be true or false" }))
  .transform((text) => text === "true" || text === "1")
  .pipe(z.boolean());

/** A query parameter that is a whole number. */
export function wholeParameter(lowest: number, highest: number) {
  const error = `must be a whole number from ${lowest} to ${highest}`;
  return z
    .string()
    .regex(/^\d{1,16}$/, { error })
    .transform(Number)
    .pipe(z.int().min(lowest, { error }).max(highest, { error }));
}

/**
 * Reads a query by its schema, a strict object of parameters given once each.
 *
 * @param query what follows the question mark, undecoded
 * @throws ProblemError (invalid_query) naming the parameter that is unknown or not valid.
 */
export function parseQuery<Output>(query: string | undefined, schema: z.ZodType<Output>): Output {
  const result = schema.safeParse(Object.fromEntries(parametersOf(query ?? "")));
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  if (issue?.code === "unrecognized_keys") {
    const [parameter = ""] = issue.keys;
    throw invalid(parameter, "is not a query parameter that is known here");
  }
  throw invalid(String(issue?.path[0] ?? ""), issue?.message ?? "is not valid");
}

/** Refuses any query, for requests that take none. */
export function refuseQuery(query: string | undefined): void {
  if (query === undefined || query === "") return;
  parseQuery(query, noParameters);
}

const noParameters = z.strictObject({});

function parametersOf(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const part of query.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decodeQueryPart(equals === -1 ? part : part.slice(0, equals));
    if (parameters.has(name)) throw invalid(name, "is given twice");
    parameters.set(name, equals === -1 ? "" : decodeQueryPart(part.slice(equals + 1)));
  }
  return parameters;
}

function invalid(parameter: string, message: string): ProblemError {
  return new ProblemError({
    code: "invalid_query",
    message: `"${parameter}" ${message}`,
    members: { parameter },
  });
}
