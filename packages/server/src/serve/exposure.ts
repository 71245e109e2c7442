import { isLoopback } from "../config/loopback.ts";
import type { ServeConfiguration } from "../config/settings.ts";

/** What an operator should know who lets others in. */
export function exposureWarnings({
  host,
  role,
  peerHost,
  leaderUrl,
  tokensFile,
  peerSecretFile,
  tlsCert,
}: ServeConfiguration): readonly string[] {
  const hasTls = tlsCert !== undefined;
  const warnings: string[] = [];
  if (tokensFile !== undefined && !hasTls && !isLoopback(host)) {
    warnings.push(
      "tokens and data cross the network unencrypted: give --tls-cert and --tls-key, unless a proxy " +
        "on this machine speaks TLS",
    );
  }
  const leaderSpeaksPlainly = role === "leader" && !hasTls && !isLoopback(peerHost);
  const asksPlainly =
    leaderUrl?.startsWith("http:") === true && !isLoopback(new URL(leaderUrl).hostname);
  if (peerSecretFile !== undefined && (leaderSpeaksPlainly || asksPlainly)) {
    warnings.push(
      "the peer secret and all data cross the network unencrypted: give the leader --tls-cert and " +
        "--tls-key, and its followers an https URL by --leader-url",
    );
  }
  if (role === "leader" && tokensFile !== undefined && peerSecretFile === undefined) {
    warnings.push(
      "clients need a token, but every process that reaches the peer port can copy everything and pass " +
        "for a follower: give --peer-secret-file",
    );
  }
  return warnings;
}
