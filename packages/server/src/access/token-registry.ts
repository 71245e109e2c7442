import { timingSafeEqual } from "node:crypto";

import { digestOf, type Token } from "./token.ts";

/** How many digits of a digest find the token: 64 bits, so that no two tokens share them. */
const selectorDigits = 16;

/**
 * The tokens that are taken. A secret is hashed, its digest's first half finds the token, and the
 * whole digests are compared in constant time: how long a refusal takes tells nothing about a secret.
 */
export class TokenRegistry {
  readonly #tokens: ReadonlyMap<string, { readonly token: Token; readonly digest: Buffer }>;

  constructor(tokens: readonly Token[]) {
    this.#tokens = new Map(
      tokens.map((token) => [selectorOf(token.sha256), { token, digest: bytesOf(token.sha256) }]),
    );
  }

  get size(): number {
    return this.#tokens.size;
  }

  /** The token that has this secret, be it expired or not; undefined where none has. */
  find(secret: string): Token | undefined {
    const digest = digestOf(secret);
    const found = this.#tokens.get(selectorOf(digest));
    return found !== undefined && timingSafeEqual(found.digest, bytesOf(digest))
      ? found.token
      : undefined;
  }
}

const selectorOf = (digest: string): string => digest.slice(0, selectorDigits);

const bytesOf = (digest: string): Buffer => Buffer.from(digest, "latin1");
