import { hash, timingSafeEqual } from "node:crypto";

/** By what the nodes of a cluster know each other. */
export interface PeerCredentials {
  /** What all nodes share: the first is sent, each is taken. Empty: nothing is sent, anybody is taken. */
  readonly secrets: readonly string[];
  /** Leader: the certificate chain and its key, in PEM. Given, the peer port speaks TLS. */
  readonly identity?: { readonly cert: string; readonly key: string } | undefined;
  /** Follower: who signed the leader's certificate, in PEM. Default: whom Node.js trusts. */
  readonly authorities?: string | undefined;
}

/** Nodes that know each other by nothing. */
export const noCredentials: PeerCredentials = { secrets: [] };

const scheme = "Bearer ";

/** The headers by which a node shows that it is one of the cluster. */
export const secretHeaders = ({ secrets: [secret] }: PeerCredentials): Record<string, string> =>
  secret === undefined ? {} : { authorization: scheme + secret };

/**
 * Whether a header `Authorization` shows one of the secrets. What is compared are digests, in constant
 * time, so that how long a refusal takes tells nothing about a secret.
 */
export function showsSecret(
  { secrets }: PeerCredentials,
  authorization: string | undefined,
): boolean {
  if (secrets.length === 0) return true;
  const given = digestOf(authorization ?? "");
  return secrets.some((secret) => timingSafeEqual(given, digestOf(scheme + secret)));
}

const digestOf = (text: string): Buffer => hash("sha256", text, "buffer");
