import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { ConfigurationError } from "./configuration-error.ts";
import { loadConfiguration, type ConfigurationSources } from "./configuration.ts";
import { serveFlags } from "./serve-flags.ts";

const load = (sources: Partial<ConfigurationSources>) =>
  loadConfiguration({ flags: {}, environment: {}, ...sources });

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "boxerdb-configuration-"));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

function file(text: string): string {
  const path = join(directory, "boxerdb.json");
  writeFileSync(path, text);
  return path;
}

describe("where settings come from", () => {
  test("nothing given gives the defaults", () => {
    expect(load({})).toEqual({
      host: "127.0.0.1",
      port: 8080,
      peerHost: "127.0.0.1",
      peerPort: 8081,
      dataDir: "./data",
      role: "leader",
      writeQuorum: 1,
      peerCompression: "auto",
      forwardWrites: false,
      durability: "disk",
      segmentBytes: 64 * 1024 * 1024,
      memoryBytes: 64 * 1024 * 1024,
      maxValueBytes: 16 * 1024 * 1024,
      maxBatchBytes: 64 * 1024 * 1024,
      maxConnections: 20_000,
      maxRequests: 2_000,
      transferBytes: 512 * 1024 * 1024,
      connectionRequests: 0,
      headersSeconds: 15,
      requestSeconds: 300,
      answerSeconds: 30,
      idleSeconds: 65,
      logLevel: "info",
      slowRequestMs: 1_000,
    });
  });

  test("what is on or off is a flag without a value, true or false in the environment and the file", () => {
    const forwards = (sources: Partial<ConfigurationSources>) => load(sources).forwardWrites;
    expect(serveFlags.find(({ field }) => field === "forwardWrites")?.placeholder).toBe("");
    expect(forwards({ flags: { forwardWrites: "true" } })).toBe(true);
    expect(forwards({ environment: { BOXERDB_FORWARD_WRITES: "true" } })).toBe(true);
    expect(forwards({ environment: { BOXERDB_FORWARD_WRITES: "false" } })).toBe(false);
    expect(forwards({ file: file('{"forwardWrites": true}') })).toBe(true);
    expect(() => load({ environment: { BOXERDB_FORWARD_WRITES: "yes" } })).toThrow(
      'BOXERDB_FORWARD_WRITES: must be true or false, but is "yes"',
    );
  });

  test("a flag goes before the environment, that before the file, that before the default", () => {
    const path = file('{"port": 3, "peerPort": 3, "writeQuorum": 3}');
    const configuration = load({
      flags: { port: "1", dataDir: undefined },
      environment: { BOXERDB_PORT: "2", BOXERDB_PEER_PORT: "2", HOME: "/" },
      file: path,
    });
    expect(configuration).toMatchObject({
      port: 1,
      peerPort: 2,
      writeQuorum: 3,
      host: "127.0.0.1",
    });
  });

  test("BOXERDB_CONFIG names the file where --config does not", () => {
    const path = file('{"port": 3}');
    expect(load({ environment: { BOXERDB_CONFIG: path } }).port).toBe(3);
  });

  test("the file takes numbers and sizes as numbers or as text", () => {
    const path = file('{"port": "3", "segmentBytes": 4096, "maxValueBytes": "1MiB"}');
    expect(load({ file: path })).toMatchObject({
      port: 3,
      segmentBytes: 4096,
      maxValueBytes: 1024 * 1024,
    });
  });

  test("every setting can be given by its flag, its variable and its field", () => {
    const values: Record<string, string> = {
      host: "0.0.0.0",
      port: "1",
      peerHost: "0.0.0.0",
      peerPort: "2",
      advertiseUrl: "http://example.com:80",
      dataDir: "d",
      nodeId: "n1",
      role: "follower",
      leaderUrl: "http://leader:8081",
      writeQuorum: "2",
      peerCompression: "on",
      forwardWrites: "true",
      auth: "tokens",
      tokensFile: "tokens",
      peerSecretFile: "peers",
      tlsCert: "cert.pem",
      tlsKey: "key.pem",
      tlsCa: "ca.pem",
      corsOrigins: "https://app.example, http://localhost:3000",
      durability: "os",
      segmentBytes: "1MiB",
      memoryBytes: "1MiB",
      maxValueBytes: "1MiB",
      maxBatchBytes: "1MiB",
      maxConnections: "100",
      maxRequests: "10",
      transferBytes: "1GiB",
      connectionRequests: "1000",
      headersSeconds: "1",
      requestSeconds: "2",
      answerSeconds: "3",
      idleSeconds: "4",
      logLevel: "debug",
      slowRequestMs: "50",
      logFormat: "json",
    };
    expect(serveFlags.map(({ field }) => field)).toEqual(Object.keys(values));
    const environment = Object.fromEntries(
      serveFlags.map(({ environmentName, field }) => [environmentName, values[field]]),
    );
    const byFlags = load({ flags: values });
    expect(byFlags).toMatchObject({ nodeId: "n1", writeQuorum: 2, segmentBytes: 1024 * 1024 });
    expect(load({ environment })).toEqual(byFlags);
    expect(load({ file: file(JSON.stringify(values)) })).toEqual(byFlags);
  });

  test("origins are a list, or all", () => {
    const origins = (corsOrigins: string) => load({ flags: { corsOrigins } }).corsOrigins;
    expect(origins("*")).toBe("*");
    expect(origins("https://app.example, http://[::1]:3000")).toEqual([
      "https://app.example",
      "http://[::1]:3000",
    ]);
    expect(load({}).corsOrigins).toBeUndefined();
  });

  test("names follow from one another, and each setting is described", () => {
    const dataDir = serveFlags.find(({ field }) => field === "dataDir");
    expect(dataDir).toMatchObject({
      flag: "--data-dir",
      placeholder: "<directory>",
      environmentName: "BOXERDB_DATA_DIR",
      defaultValue: "./data",
    });
    for (const { description } of serveFlags) expect(description).not.toBe("");
    expect(serveFlags.find(({ field }) => field === "role")?.choices).toEqual([
      "leader",
      "follower",
    ]);
  });
});

describe("what is refused, and how that is told", () => {
  const message = (sources: Partial<ConfigurationSources>): string => {
    try {
      load(sources);
    } catch (error) {
      expect(error).toBeInstanceOf(ConfigurationError);
      return error instanceof Error ? error.message : "";
    }
    return "nothing was thrown";
  };

  test.each<[Record<string, string>, string]>([
    [{ port: "eighty" }, '--port: must be a whole number from 0 to 65535, but is "eighty"'],
    [{ port: "65536" }, '--port: must be a whole number from 0 to 65535, but is "65536"'],
    [{ port: "-1" }, '--port: must be a whole number from 0 to 65535, but is "-1"'],
    [{ port: "" }, '--port: must be a whole number from 0 to 65535, but is ""'],
    [{ writeQuorum: "0" }, '--write-quorum: must be a whole number from 1 to 1000, but is "0"'],
    [{ role: "boss" }, '--role: must be leader or follower, but is "boss"'],
    [{ auth: "on" }, '--auth: must be tokens or off, but is "on"'],
    [{ dataDir: "" }, '--data-dir: must not be empty, but is ""'],
    [
      { segmentBytes: "64M" },
      '--segment-bytes: must be a size such as 65536 or 64MiB, from 4 KiB to 1 GiB, but is "64M"',
    ],
    [
      { advertiseUrl: "example.com" },
      "--advertise-url: must be a URL that begins with http:// or https://, such as " +
        'http://127.0.0.1:8080, but is "example.com"',
    ],
    [
      { nodeId: "a b" },
      "--node-id: must be 1 to 128 letters, digits or any of . _ : - and begin with a letter or " +
        'digit, but is "a b"',
    ],
    ...[
      "app.example",
      "https://app.example/",
      "https://App.example",
      "ftp://a",
      "*, http://a",
      "",
    ].map((corsOrigins): [Record<string, string>, string] => [
      { corsOrigins },
      "--cors-origins: must be * or origins as browsers name them, separated by commas, such as " +
        `https://app.example, but is "${corsOrigins}"`,
    ]),
  ])("%o", (flags, told) => {
    expect(message({ flags })).toBe(told);
  });

  test("every wrong setting is told, each by where it was given", () => {
    const told = message({
      flags: { port: "x" },
      environment: { BOXERDB_ROLE: "boss" },
      file: file('{\n  "dataDir": "d",\n  "writeQuorum": true\n}'),
    });
    expect(told.split("\n")).toEqual([
      '--port: must be a whole number from 0 to 65535, but is "x"',
      'BOXERDB_ROLE: must be leader or follower, but is "boss"',
      `${join(directory, "boxerdb.json")}:3 "writeQuorum": must be a whole number from 1 to 1000, but is true`,
    ]);
  });

  test("a follower without a leader, and a leader with one", () => {
    expect(message({ flags: { role: "follower" } })).toMatch(/^--leader-url: a follower needs/);
    expect(message({ flags: { leaderUrl: "http://a:1" } })).toMatch(
      /^--leader-url: a leader follows nobody/,
    );
  });

  test.each([
    ["host", { tokensFile: "tokens" }],
    ["peerHost", { peerSecretFile: "peers" }],
  ])("%s beyond loopback, without saying who may come", (field, who) => {
    const [flag] = Object.keys(who).map((name) =>
      name === "tokensFile" ? "tokens" : "peer-secret",
    );
    expect(message({ flags: { [field]: "0.0.0.0" } })).toMatch(
      new RegExp(
        `^--(peer-)?host: 0\\.0\\.0\\.0 lets other machines in, .* give --${flag}-file, or --auth off`,
      ),
    );
    for (const flags of [who, { auth: "off" }]) {
      expect(load({ flags: { [field]: "0.0.0.0", ...flags } })).toMatchObject({
        [field]: "0.0.0.0",
      });
    }
  });

  test("a follower may have any peer address, as it does not listen there", () => {
    const flags = { role: "follower", leaderUrl: "http://a:1", peerHost: "0.0.0.0" };
    expect(load({ flags }).peerHost).toBe("0.0.0.0");
  });

  test("tokens without a file, and a file that counts for nothing", () => {
    expect(message({ flags: { auth: "tokens" } })).toMatch(
      /^--auth: tokens needs .* --tokens-file/,
    );
    expect(message({ flags: { auth: "off", tokensFile: "t" } })).toMatch(
      /^--auth: off lets everybody in, but --tokens-file/,
    );
  });

  test("a certificate without its key, and a key without its certificate", () => {
    expect(message({ flags: { tlsCert: "c" } })).toMatch(/^--tls-key: --tls-cert needs it/);
    expect(message({ flags: { tlsKey: "k" } })).toMatch(/^--tls-cert: --tls-key needs it/);
  });

  test("one port for clients and for followers", () => {
    expect(message({ flags: { port: "9000", peerPort: "9000" } })).toBe(
      "--peer-port: is the port for clients, 9000, too: give another",
    );
    expect(load({ flags: { port: "0", peerPort: "0" } })).toMatchObject({ port: 0, peerPort: 0 });
  });

  test("an unknown variable of ours is told with the nearest right one", () => {
    expect(message({ environment: { BOXERDB_DATADIR: "x" } })).toBe(
      "the environment variable BOXERDB_DATADIR is not a setting: did you mean BOXERDB_DATA_DIR?",
    );
  });

  test("what Kubernetes sets for a service of our name is left alone", () => {
    const environment = {
      BOXERDB_SERVICE_HOST: "10.0.0.1",
      BOXERDB_SERVICE_PORT_HTTP: "8080",
      BOXERDB_PORT_8080_TCP_ADDR: "10.0.0.1",
    };
    expect(load({ environment }).port).toBe(8080);
  });

  test("the variables of the client's verbs are left alone", () => {
    const environment = {
      BOXERDB_URL: "http://127.0.0.1:8080",
      BOXERDB_TOKEN: "secret",
      BOXERDB_TOKEN_FILE: "token",
    };
    expect(load({ environment }).port).toBe(8080);
  });

  test("an unknown field of the file is told with its line and the nearest right one", () => {
    const path = file('{\n  "port": 1,\n  "data_dir": "x"\n}');
    expect(message({ file: path })).toBe(
      `${path}:3 "data_dir" is not a setting: did you mean dataDir?`,
    );
  });

  test("a file that is not JSON is told with its line and column", () => {
    const path = file('{\n  "port": 1,\n}');
    expect(message({ file: path })).toBe(
      `${path}:3:1 is not JSON: expected a field name in double quotes, not "}"`,
    );
  });

  test("a file that holds no object", () => {
    const path = file("[]");
    expect(message({ file: path })).toMatch(/boxerdb\.json must hold one JSON object/);
  });

  test("a file that cannot be read", () => {
    expect(message({ file: join(directory, "none") })).toMatch(
      /none cannot be read: it does not exist/,
    );
  });
});
