import { expect, test } from "vitest";

import { TokenRegistry } from "./token-registry.ts";
import { digestOf, makeSecret, type Token } from "./token.ts";

const tokenOf = (name: string, sha256: string): Token => ({
  name,
  scope: "read",
  sha256,
  databases: undefined,
  expiresMs: undefined,
});

test("a digest is the SHA-256 that everybody computes", () => {
  // printf abc | sha256sum
  expect(digestOf("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("secrets are long, told from others by their beginning, and no two the same", () => {
  const secrets = Array.from({ length: 1_000 }, makeSecret);
  expect(new Set(secrets).size).toBe(1_000);
  for (const secret of secrets) expect(secret).toMatch(/^boxerdb_[\w-]{43}$/);
});

test("a secret finds its own token, and any other finds none", () => {
  const secrets = Array.from({ length: 100 }, makeSecret);
  const registry = new TokenRegistry(
    secrets.map((secret, index) => tokenOf(`t${index}`, digestOf(secret))),
  );
  expect(registry.size).toBe(100);
  for (const [index, secret] of secrets.entries()) {
    expect(registry.find(secret)?.name).toBe(`t${index}`);
    expect(registry.find(secret.slice(0, -1))).toBeUndefined();
    expect(registry.find(`${secret}x`)).toBeUndefined();
    // Who has the file has no token.
    expect(registry.find(digestOf(secret))).toBeUndefined();
  }
  expect(registry.find("")).toBeUndefined();
});

test("a digest that agrees in its first half only is another", () => {
  const digest = digestOf("secret");
  const near =
    digest.slice(0, 32) + digest.slice(32).replaceAll(/./g, (d) => (d === "0" ? "1" : "0"));
  expect(new TokenRegistry([tokenOf("near", near)]).find("secret")).toBeUndefined();
});
