import type { Exchange } from "../http/exchange/exchange.ts";
import { databaseOf } from "../http/key-address.ts";
import { ProblemError } from "../http/problem.ts";

import { includesScope, type Scope } from "./scope.ts";
import type { TokenRegistry } from "./token-registry.ts";
import type { Token } from "./token.ts";

/** What is asked, as far as it matters for who may ask it. */
type Asked = Pick<Exchange, "header" | "target">;

/** Judges by its token whether a request may be answered. */
export class AccessControl {
  readonly #nowMs: () => number;
  #tokens: TokenRegistry;

  /** `nowMs`: the time, in milliseconds since 1970, by which tokens expire. */
  constructor(tokens: TokenRegistry, nowMs: () => number) {
    this.#tokens = tokens;
    this.#nowMs = nowMs;
  }

  /** Takes these tokens from now on, and no others. */
  renew(tokens: TokenRegistry): void {
    this.#tokens = tokens;
  }

  /**
   * Throws where the request may not be answered. It looks at nothing that is stored, so that what it
   * says does not tell what there is.
   *
   * @throws ProblemError (unauthorized) without a token that is taken, (forbidden) where the token is
   * not good for this.
   */
  admit(asked: Asked, scope: Scope): void {
    const token = this.#authenticate(asked.header("authorization"));
    if (!includesScope(token.scope, scope)) {
      throw forbidden(
        `this takes a token with the scope ${scope}, and "${token.name}" has ${token.scope}`,
        { scope, held: token.scope },
      );
    }
    if (token.databases === undefined) return;
    const database = databaseOf(asked.target.path);
    if (database !== undefined && token.databases.includes(database)) return;
    const what = database === undefined ? "the node itself" : `the database "${database}"`;
    const only = token.databases.join(", ");
    throw forbidden(`"${token.name}" is not good for ${what}, only for ${only}`, { scope });
  }

  #authenticate(authorization: string | undefined): Token {
    if (authorization === undefined) throw unauthorized("a token is needed");
    const secret = bearer.exec(authorization)?.[1];
    if (secret === undefined) throw unauthorized("the header Authorization holds no bearer token");
    const token = this.#tokens.find(secret);
    if (token === undefined) throw unauthorized("the token is not known here", invalidToken);
    if (token.expiresMs !== undefined && token.expiresMs <= this.#nowMs()) {
      const since = new Date(token.expiresMs).toISOString();
      throw unauthorized(`the token "${token.name}" has expired at ${since}`, invalidToken);
    }
    return token;
  }
}

const bearer = /^Bearer +([\w.~+/=-]+) *$/i;

const challenge = 'Bearer realm="boxerdb"';
const invalidToken = ', error="invalid_token"';

const unauthorized = (what: string, detail = ""): ProblemError =>
  new ProblemError({
    code: "unauthorized",
    message: `${what}: send the header Authorization: Bearer <token>, as \`boxerdb token create\` makes them`,
    headers: { "www-authenticate": challenge + detail },
  });

const forbidden = (
  message: string,
  members: { readonly scope: Scope; readonly held?: Scope },
): ProblemError =>
  new ProblemError({
    code: "forbidden",
    message,
    members,
    headers: {
      "www-authenticate": `${challenge}, error="insufficient_scope", scope="${members.scope}"`,
    },
  });
