import { createPrivateKey, X509Certificate, type KeyObject } from "node:crypto";
import { createSecureContext } from "node:tls";

import { AccessFileError } from "./access-file-error.ts";
import { readAccessFile } from "./access-file.ts";

/** By what a server shows who it is: a certificate and its private key, both in PEM. */
export interface TlsIdentity {
  /** The certificate, and after it those that lead to its authority. */
  readonly cert: string;
  readonly key: string;
}

/** An identity from files, with what is worth telling of it. */
export interface LoadedIdentity extends TlsIdentity {
  /** When the certificate expires. */
  readonly validTo: Date;
  readonly warnings: readonly string[];
}

/**
 * Reads a certificate and its key, and sees that they can be used now.
 *
 * @param nowMs the time, in milliseconds since 1970
 * @throws AccessFileError where one is missing, is not what it should be, is not valid at this time, or
 * where they do not belong together.
 */
export function loadTlsIdentity(certPath: string, keyPath: string, nowMs: number): LoadedIdentity {
  const cert = readAccessFile("the certificate", certPath).text;
  const keyFile = readAccessFile("the private key", keyPath);
  const certificate = parseCertificate("the certificate", certPath, cert);
  const key = parseKey(keyPath, keyFile.text);
  if (!certificate.checkPrivateKey(key)) {
    throw new AccessFileError(
      `the private key ${keyPath} does not belong to the certificate ${certPath}: give the two that ` +
        "were made together; of a chain, the server's own certificate stands first",
    );
  }
  refuseOutsideOfValidity(certPath, certificate, nowMs);
  refuseUnusable(certPath, { cert, key: keyFile.text });
  const warnings = keyFile.isWorldReadable
    ? [`every user of this machine may read the private key ${keyPath}: chmod 600 it`]
    : [];
  return { cert, key: keyFile.text, validTo: certificate.validToDate, warnings };
}

/**
 * Reads the certificates of authorities, in PEM.
 *
 * @throws AccessFileError where there are none.
 */
export function loadAuthorities(path: string): string {
  const { text } = readAccessFile("the file of authorities", path);
  parseCertificate("the file of authorities", path, text);
  return text;
}

function parseCertificate(what: string, path: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw new AccessFileError(
      `${what} ${path} does not begin with a certificate in PEM (-----BEGIN CERTIFICATE-----)`,
      { cause },
    );
  }
}

function parseKey(path: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    throw new AccessFileError(
      `the private key ${path} is none in PEM (-----BEGIN PRIVATE KEY-----) without a passphrase`,
      { cause },
    );
  }
}

/** TLS wants more than a certificate and its key: the rest of the chain is read as well, for one thing. */
function refuseUnusable(path: string, identity: TlsIdentity): void {
  try {
    createSecureContext({ cert: identity.cert, key: identity.key });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new AccessFileError(`TLS cannot use the certificate ${path} and its key: ${reason}`, {
      cause,
    });
  }
}

function refuseOutsideOfValidity(
  path: string,
  { validFromDate, validToDate }: X509Certificate,
  nowMs: number,
): void {
  if (validToDate.getTime() <= nowMs) {
    throw new AccessFileError(
      `the certificate ${path} has expired at ${validToDate.toISOString()}: put a new one in its place`,
    );
  }
  if (validFromDate.getTime() > nowMs) {
    throw new AccessFileError(
      `the certificate ${path} is valid only from ${validFromDate.toISOString()} on: look after the ` +
        "clock of this machine, or get another",
    );
  }
}
