import { hash, randomBytes } from "node:crypto";

import type { Scope } from "./scope.ts";

/** What is known of a token. Its secret is not: only who holds it has that. */
export interface Token {
  /** Tells it from the others, for people. */
  readonly name: string;
  readonly scope: Scope;
  /** SHA-256 of the secret, in 64 hexadecimal digits. */
  readonly sha256: string;
  /** The databases that it is good for; undefined: all, and the node itself. */
  readonly databases: readonly string[] | undefined;
  /** From when on it is no longer taken, in milliseconds since 1970; undefined: never. */
  readonly expiresMs: number | undefined;
}

/** Lets a scan for secrets that were published by mistake know ours. */
const secretPrefix = "boxerdb_";
const secretBytes = 32;

/** Makes the secret of a new token: 256 random bits. */
export const makeSecret = (): string =>
  secretPrefix + randomBytes(secretBytes).toString("base64url");

/**
 * What is kept of a secret. One round of SHA-256 is enough: secrets are 256 random bits, which nobody
 * can try out. The slow hashes (bcrypt, scrypt) are for what people make up, and a server that computed
 * one with every request could be stopped by a few of them.
 */
export const digestOf = (secret: string): string => hash("sha256", secret, "hex");
