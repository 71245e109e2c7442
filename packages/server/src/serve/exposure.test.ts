import { expect, test } from "vitest";

import { loadConfiguration } from "../config/configuration.ts";

import { exposureWarnings } from "./exposure.ts";

const warningsOf = (flags: Record<string, string>): readonly string[] =>
  exposureWarnings(loadConfiguration({ flags, environment: {} }));

const tls = { tlsCert: "c", tlsKey: "k" };
const open = { host: "0.0.0.0", tokensFile: "t" };
const follower = { role: "follower", peerSecretFile: "p" };

test.each<[string, Record<string, string>]>([
  ["nothing but this machine", { tokensFile: "t", peerSecretFile: "p" }],
  ["TLS on both ports", { ...open, peerHost: "0.0.0.0", peerSecretFile: "p", ...tls }],
  ["nothing that is secret", { host: "0.0.0.0", peerHost: "0.0.0.0", auth: "off" }],
  ["a leader on this machine", { ...follower, leaderUrl: "http://127.0.0.1:8081" }],
  ["a leader that speaks TLS", { ...follower, leaderUrl: "https://leader:8081" }],
])("%s needs no warning", (_, flags) => {
  expect(warningsOf(flags)).toEqual([]);
});

test.each<[string, Record<string, string>, RegExp]>([
  ["tokens", { ...open, peerSecretFile: "p" }, /^tokens and data cross the network unencrypted/],
  ["a leader's secret", { peerHost: "0.0.0.0", peerSecretFile: "p" }, /^the peer secret/],
  ["a follower's secret", { ...follower, leaderUrl: "http://leader:8081" }, /^the peer secret/],
])("%s in the clear is warned of", (_, flags, told) => {
  expect(warningsOf(flags)).toEqual([expect.stringMatching(told)]);
});

test("a leader that asks its clients for tokens and its followers for nothing is warned of", () => {
  const toldOfPeers = [expect.stringMatching(/^clients need a token, .*give --peer-secret-file$/)];
  expect(warningsOf({ tokensFile: "t" })).toEqual(toldOfPeers);
  const copy = { role: "follower", leaderUrl: "http://127.0.0.1:8081" };
  expect(warningsOf({ ...copy, tokensFile: "t" })).toEqual([]);
  expect(warningsOf({})).toEqual([]);
});
