import type { PeerCredentials } from "@boxerdb/replication";

import { readAccessFile } from "../access/access-file.ts";
import { loadPeerSecrets } from "../access/peer-secrets.ts";
import { loadAuthorities, loadTlsIdentity, type LoadedIdentity } from "../access/tls-identity.ts";
import { TokenRegistry } from "../access/token-registry.ts";
import { parseTokenLines, tokenOf } from "../access/tokens-file.ts";
import type { ServeConfiguration } from "../config/settings.ts";

/** By what a server knows its clients and its peers, and they know it; from the files that say so. */
export interface Credentials {
  /** Undefined where everybody is let in. */
  readonly tokens: TokenRegistry | undefined;
  /** Undefined where TLS is not spoken. */
  readonly identity: LoadedIdentity | undefined;
  /** Empty where peers are not asked for any. */
  readonly peerSecrets: readonly string[];
  /** Who signed the certificate of the leader, in PEM; undefined: whom Node.js trusts. */
  readonly leaderAuthorities: string | undefined;
  /** What an operator should look after. */
  readonly warnings: readonly string[];
}

/**
 * Reads the files that the configuration names.
 *
 * @param nowMs the time, in milliseconds since 1970
 * @throws AccessFileError where one cannot be used.
 */
export function loadCredentials(
  { tokensFile, peerSecretFile, tlsCert, tlsKey, tlsCa }: ServeConfiguration,
  nowMs: number,
): Credentials {
  const identity =
    tlsCert === undefined || tlsKey === undefined
      ? undefined
      : loadTlsIdentity(tlsCert, tlsKey, nowMs);
  const peers = peerSecretFile === undefined ? undefined : loadPeerSecrets(peerSecretFile);
  return {
    tokens: tokensFile === undefined ? undefined : loadTokens(tokensFile),
    identity,
    peerSecrets: peers?.secrets ?? [],
    leaderAuthorities: tlsCa === undefined ? undefined : loadAuthorities(tlsCa),
    warnings: [...(identity?.warnings ?? []), ...(peers?.warnings ?? [])],
  };
}

/** What of them concerns the peers. */
export const peerCredentials = ({
  peerSecrets,
  identity,
  leaderAuthorities,
}: Credentials): PeerCredentials => ({
  secrets: peerSecrets,
  identity: identity === undefined ? undefined : { cert: identity.cert, key: identity.key },
  authorities: leaderAuthorities,
});

/** Digests of secrets that nobody can guess: whoever reads them can do nothing with them. */
function loadTokens(path: string): TokenRegistry {
  const { text } = readAccessFile("the tokens file", path);
  return new TokenRegistry(parseTokenLines(path, text).map(({ token }) => tokenOf(token)));
}
