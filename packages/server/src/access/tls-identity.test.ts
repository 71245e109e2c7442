import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";

import { TestAuthority, type Pair } from "../../test/certificates.ts";

import { AccessFileError } from "./access-file-error.ts";
import { loadAuthorities, loadTlsIdentity } from "./tls-identity.ts";

let authority: TestAuthority;
let pair: Pair;
beforeAll(async () => {
  authority = await TestAuthority.create();
  pair = await authority.issue({ from: new Date("2027-01-01"), to: new Date("2027-02-01") });
});

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "boxerdb-tls-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(name: string, text: string, mode = 0o600): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

const inTime = Date.UTC(2027, 0, 15);

const refusal = (load: () => unknown): string => {
  try {
    load();
  } catch (error) {
    expect(error).toBeInstanceOf(AccessFileError);
    return error instanceof Error ? error.message.replaceAll(`${directory}/`, "") : "";
  }
  return "nothing was thrown";
};

test("a certificate and its key are read, with when they end", () => {
  const identity = loadTlsIdentity(write("c", pair.cert), write("k", pair.key), inTime);
  expect(identity).toEqual({ ...pair, validTo: new Date("2027-02-01"), warnings: [] });
});

test("a chain is read by its first certificate", () => {
  const chain = write("c", pair.cert + authority.cert);
  expect(loadTlsIdentity(chain, write("k", pair.key), inTime).cert).toBe(
    pair.cert + authority.cert,
  );
});

test("a key that everybody may read is warned of", () => {
  const { warnings } = loadTlsIdentity(write("c", pair.cert), write("k", pair.key, 0o644), inTime);
  expect(warnings).toEqual([
    `every user of this machine may read the private key ${directory}/k: chmod 600 it`,
  ]);
});

test("a key that everybody may replace is refused", () => {
  const key = write("k", pair.key, 0o666);
  expect(refusal(() => loadTlsIdentity(write("c", pair.cert), key, inTime))).toMatch(
    /^the private key k can be changed by every user of this machine: chmod 600 it/,
  );
});

test("files that are missing or hold something else", () => {
  const [cert, key, other] = [write("c", pair.cert), write("k", pair.key), write("o", "hello")];
  expect(refusal(() => loadTlsIdentity(join(directory, "none"), key, inTime))).toMatch(
    /^the certificate none cannot be read: it does not exist/,
  );
  expect(refusal(() => loadTlsIdentity(cert, join(directory, "none"), inTime))).toMatch(
    /^the private key none cannot be read: it does not exist/,
  );
  expect(refusal(() => loadTlsIdentity(other, key, inTime))).toBe(
    "the certificate o does not begin with a certificate in PEM (-----BEGIN CERTIFICATE-----)",
  );
  expect(refusal(() => loadTlsIdentity(cert, other, inTime))).toBe(
    "the private key o is none in PEM (-----BEGIN PRIVATE KEY-----) without a passphrase",
  );
  expect(refusal(() => loadAuthorities(other))).toMatch(
    /^the file of authorities o does not begin/,
  );
  expect(loadAuthorities(write("a", authority.cert))).toBe(authority.cert);
});

test("a certificate and a key that do not belong together", async () => {
  const other = await authority.issue();
  const [cert, key] = [write("c", pair.cert), write("k", other.key)];
  expect(refusal(() => loadTlsIdentity(cert, key, inTime))).toMatch(
    /^the private key k does not belong to the certificate c: give the two that were made together/,
  );
});

test("a certificate that has expired, and one that is not valid yet", () => {
  const [cert, key] = [write("c", pair.cert), write("k", pair.key)];
  expect(refusal(() => loadTlsIdentity(cert, key, Date.UTC(2027, 1, 1)))).toBe(
    "the certificate c has expired at 2027-02-01T00:00:00.000Z: put a new one in its place",
  );
  expect(refusal(() => loadTlsIdentity(cert, key, Date.UTC(2026, 11, 31)))).toMatch(
    /^the certificate c is valid only from 2027-01-01T00:00:00.000Z on/,
  );
});
