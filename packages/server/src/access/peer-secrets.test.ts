import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, test } from "vitest";

import { loadPeerSecrets } from "./peer-secrets.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "boxerdb-peers-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

function write(text: string, mode = 0o600): string {
  const path = join(directory, "peers");
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test("secrets stand one a line, whatever is around them", () => {
  expect(loadPeerSecrets(write("  0123456789abcdef \r\n\nfedcba9876543210\n"))).toEqual({
    secrets: ["0123456789abcdef", "fedcba9876543210"],
    warnings: [],
  });
});

test("a file that everybody may read is warned of", () => {
  expect(loadPeerSecrets(write("0123456789abcdef", 0o644)).warnings).toEqual([
    `every user of this machine may read the peer secret ${directory}/peers: chmod 600 it`,
  ]);
});

test.each([
  ["", /peers is empty: .*openssl rand -hex 32/],
  ["0123456789abcdef\ntooshort\n", /peers:2: a secret has 16 or more visible ASCII characters/],
  ["a secret of several words", /peers:1: a secret has 16 or more/],
  ["schlüsselschlüssel", /peers:1: a secret has 16 or more/],
])("%j is refused, and not quoted", (text, told) => {
  const path = write(text);
  expect(() => loadPeerSecrets(path)).toThrow(told);
  expect(() => loadPeerSecrets(path)).not.toThrow(/tooshort|several words|schlüssel/);
});

test("a file that everybody may change is refused", () => {
  expect(() => loadPeerSecrets(write("0123456789abcdef", 0o622))).toThrow(
    /can be changed by every/,
  );
});
