import { AccessFileError } from "./access-file-error.ts";
import { readAccessFile } from "./access-file.ts";

/** Shorter ones could be guessed. */
const leastCharacters = 16;

/** The secrets that the nodes of a cluster share. */
export interface PeerSecrets {
  /** The first is sent, each is taken. */
  readonly secrets: readonly string[];
  readonly warnings: readonly string[];
}

/**
 * Reads the secrets of the peer port from a file, one a line. More than one are for changing them: a
 * new one is added to the file of every node, then put first, then the old one is removed.
 *
 * @throws AccessFileError where there is none, or one is too short or cannot stand in a header.
 */
export function loadPeerSecrets(path: string): PeerSecrets {
  const { text, isWorldReadable } = readAccessFile("the peer secret file", path);
  const secrets: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const secret = line.trim();
    if (secret === "") continue;
    if (secret.length < leastCharacters || !/^[\x21-\x7e]+$/.test(secret)) {
      throw new AccessFileError(
        `${path}:${index + 1}: a secret has ${leastCharacters} or more visible ASCII characters and no ` +
          "space, such as `openssl rand -hex 32` gives",
      );
    }
    secrets.push(secret);
  }
  if (secrets.length === 0) {
    throw new AccessFileError(
      `the peer secret file ${path} is empty: put the same line into that of every node, such as ` +
        "`openssl rand -hex 32` gives",
    );
  }
  const warnings = isWorldReadable
    ? [`every user of this machine may read the peer secret ${path}: chmod 600 it`]
    : [];
  return { secrets, warnings };
}
