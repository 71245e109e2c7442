import { describe, expect, test } from "vitest";

import { AccessFileError } from "./access-file-error.ts";
import { parseTokenLines, tokenOf } from "./tokens-file.ts";

const sha256 = "ab".repeat(32);
const lineOf = (fields: object): string =>
  JSON.stringify({ name: "shop", scope: "read", sha256, ...fields });

const message = (text: string): string => {
  try {
    parseTokenLines("tokens", text);
  } catch (error) {
    expect(error).toBeInstanceOf(AccessFileError);
    return error instanceof Error ? error.message : "";
  }
  return "nothing was thrown";
};

describe("a tokens file", () => {
  test("has a token a line, empty lines and remarks apart", () => {
    const other = lineOf({
      name: "me",
      scope: "admin",
      sha256: "cd".repeat(32),
      databases: ["app"],
      expires: "2027-01-31T00:00:00Z",
    });
    const parsed = parseTokenLines("tokens", `# of the shop\n${lineOf({})}\r\n\n  \n${other}\n`);
    expect(parsed.map(({ line, token }) => ({ line, ...tokenOf(token) }))).toEqual([
      { line: 2, name: "shop", scope: "read", sha256, databases: undefined, expiresMs: undefined },
      {
        line: 5,
        name: "me",
        scope: "admin",
        sha256: "cd".repeat(32),
        databases: ["app"],
        expiresMs: Date.UTC(2027, 0, 31),
      },
    ]);
  });

  test("may be empty: nobody comes in", () => {
    expect(parseTokenLines("tokens", "")).toEqual([]);
  });

  test.each<[string, string]>([
    ["{", "tokens:2:2 is not JSON: expected a field name in double quotes or }, but the text ends"],
    [
      "[]",
      'tokens:2: must be a JSON object such as {"name": "shop", "scope": "read", "sha256": "…"}',
    ],
    [
      lineOf({ name: "a b" }),
      "tokens:2: name must have 1 to 128 characters out of A-Z a-z 0-9 . _ -, a letter or digit first",
    ],
    [lineOf({ scope: "root" }), "tokens:2: scope must be read, write or admin"],
    [
      lineOf({ sha256: "AB".repeat(32) }),
      "tokens:2: sha256 must be the SHA-256 of the secret, as 64 of 0-9 a-f",
    ],
    [
      lineOf({ databases: [] }),
      "tokens:2: databases must name a database; leave it out to mean all",
    ],
    [
      lineOf({ databases: ["a/b"] }),
      "tokens:2: databases.0 must have 1 to 128 characters out of A-Z a-z 0-9 . _ -, a letter or digit first",
    ],
    [
      lineOf({ expires: "tomorrow" }),
      "tokens:2: expires must be a time such as 2027-01-31T00:00:00Z",
    ],
    [
      lineOf({ secret: "boxerdb_x" }),
      "tokens:2: secret is not known: a line has name, scope, sha256, databases, expires, created",
    ],
    [
      `${lineOf({})}\n${lineOf({ sha256: "cd".repeat(32) })}`,
      'tokens:3: has the name "shop", as line 2 does: remove one of them',
    ],
    [
      `${lineOf({})}\n${lineOf({ name: "other" })}`,
      `tokens:3: has the sha256 of "${sha256}", as line 2 does: remove one of them`,
    ],
  ])("%s is told by its line", (text, told) => {
    expect(message(`# remark\n${text}\n`)).toBe(told);
  });
});
