import { z } from "zod";

import { jsonErrorAt } from "../http/json-syntax.ts";

import { AccessFileError } from "./access-file-error.ts";
import { scopes } from "./scope.ts";
import type { Token } from "./token.ts";

/**
 * The tokens file: one JSON object a line, empty lines and lines that begin with # apart.
 *
 *     {"name": "shop", "scope": "write", "sha256": "9f86…", "databases": ["app"], "expires": "2027-01-31T00:00:00Z"}
 *
 * `databases` and `expires` may be missing. The secrets themselves are not in it.
 */

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const nameRule = "must have 1 to 128 characters out of A-Z a-z 0-9 . _ -, a letter or digit first";

const line = z.strictObject({
  name: z.string({ error: "must be text" }).regex(namePattern, { error: nameRule }),
  scope: z.enum(scopes, { error: "must be read, write or admin" }),
  sha256: z
    .string({ error: "must be text" })
    .regex(/^[0-9a-f]{64}$/, { error: "must be the SHA-256 of the secret, as 64 of 0-9 a-f" }),
  databases: z
    .array(z.string({ error: "must be text" }).regex(namePattern, { error: nameRule }), {
      error: "must be a list of names",
    })
    .min(1, { error: "must name a database; leave it out to mean all" })
    .optional(),
  expires: z.iso
    .datetime({ offset: true, error: "must be a time such as 2027-01-31T00:00:00Z" })
    .optional(),
  created: z.iso
    .datetime({ offset: true, error: "must be a time such as 2027-01-31T00:00:00Z" })
    .optional(),
});

/** A token as its line has it. */
export type TokenLine = z.infer<typeof line>;

/** A line that holds a token, and its number from 1. */
export interface NumberedToken {
  readonly line: number;
  readonly token: TokenLine;
}

/** Whether a name can be that of a token. */
export const isTokenName = (name: string): boolean => namePattern.test(name);

/** The rule that `isTokenName` judges by, for people. */
export const tokenNameRule = nameRule;

/**
 * Reads the text of a tokens file.
 *
 * @throws AccessFileError naming the first line that is wrong, and the field.
 */
export function parseTokenLines(path: string, text: string): readonly NumberedToken[] {
  const tokens: NumberedToken[] = [];
  const seen = new Map<string, number>();
  for (const [index, content] of text.split("\n").entries()) {
    if (content.trim() === "" || content.startsWith("#")) continue;
    const number = index + 1;
    const token = parseLine(`${path}:${number}`, content);
    for (const unique of [`name "${token.name}"`, `sha256 of "${token.sha256}"`]) {
      const before = seen.get(unique);
      if (before !== undefined) {
        throw new AccessFileError(
          `${path}:${number}: has the ${unique}, as line ${before} does: remove one of them`,
        );
      }
      seen.set(unique, number);
    }
    tokens.push({ line: number, token });
  }
  return tokens;
}

/** What the server needs to know of a line. */
export const tokenOf = ({ name, scope, sha256, databases, expires }: TokenLine): Token => ({
  name,
  scope,
  sha256,
  databases,
  expiresMs: expires === undefined ? undefined : Date.parse(expires),
});

function parseLine(place: string, content: string): TokenLine {
  const parsed = line.safeParse(parseJson(place, content), {
    error: (issue) =>
      issue.code === "invalid_type" && (issue.path?.length ?? 0) === 0
        ? 'must be a JSON object such as {"name": "shop", "scope": "read", "sha256": "…"}'
        : undefined,
  });
  if (parsed.success) return parsed.data;
  const told = parsed.error.issues.map((issue) => {
    const field = issue.path.length === 0 ? "" : `${issue.path.join(".")} `;
    return issue.code === "unrecognized_keys"
      ? `${issue.keys.join(", ")} is not known: a line has name, scope, sha256, databases, expires, created`
      : field + issue.message;
  });
  throw new AccessFileError(`${place}: ${told.join("; ")}`);
}

function parseJson(place: string, content: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    const error = jsonErrorAt(content);
    const where = error === undefined ? place : `${place}:${error.column}`;
    throw new AccessFileError(`${where} is not JSON: ${error?.message ?? String(cause)}`, {
      cause,
    });
  }
}
