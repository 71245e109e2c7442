import { mkdir, realpath, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { expect, onTestFinished, test } from "vitest";

import { boxerdb } from "../../test/cli/boxerdb.ts";
import { filesIn } from "../../test/cli/stored-files.ts";
import { TemporaryDirectory } from "../../test/cli/temporary-directory.ts";
import { expectGolden } from "../../test/golden-file.ts";

const verbs = [
  "serve",
  "status",
  "get",
  "put",
  "delete",
  "list",
  "watch",
  "import",
  "export",
  "inspect",
  "verify",
  "token",
  "bench",
  "backup",
  "restore",
  "replay",
  "repair",
  "compact",
  "drop",
  "completion",
];

test("the help lists the verbs and the exit codes", async () => {
  const { code, out, err } = await boxerdb(["--help"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  await expectGolden("help/boxerdb.txt", out);
});

test.each(verbs)("%s --help teaches", async (verb) => {
  const { code, out, err } = await boxerdb([verb, "--help"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  await expectGolden(`help/${verb}.txt`, out);
  expect((await boxerdb(["help", verb])).out).toBe(out);
});

test("the help of a verb that is none is not that of all", async () => {
  const { code, out, err } = await boxerdb(["help", "nosuch"]);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(/^error: unknown verb 'nosuch'\n`boxerdb --help` lists the verbs/);
  expect((await boxerdb(["help"])).code).toBe(0);
});

test.each(["create", "list", "revoke"])("token %s --help teaches", async (part) => {
  const { code, out, err } = await boxerdb(["token", part, "--help"]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  await expectGolden(`help/token-${part}.txt`, out);
});

test("without a verb the help goes to standard error, as a mistake", async () => {
  const { code, out, err } = await boxerdb([]);
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toBe((await boxerdb(["--help"])).out);
});

test("--version is that of the package", async () => {
  const { code, out } = await boxerdb(["--version"]);
  expect(code).toBe(0);
  expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
});

/** What lets a server come as far as its directory, without a word. */
const quietly = ["--port", "0", "--peer-port", "0", "--log-level", "silent"];

/** Command lines that are wrong, each with the environment and the input it is wrong in. */
const wrong: readonly {
  readonly args: readonly string[];
  readonly environment?: Record<string, string>;
  readonly stdin?: string;
}[] = [
  { args: ["gett", "ada"] },
  { args: ["something"] },
  { args: ["get"] },
  { args: ["get", "a", "b"] },
  { args: ["get", "a", "--databse", "app"] },
  { args: ["get", "a", "--url"] },
  { args: ["get", "a", "--url", "localhost:8080"] },
  { args: ["get", "a", "--url", "8080"] },
  { args: ["get", "a"], environment: { BOXERDB_URL: "nowhere" } },
  { args: ["get", ""] },
  { args: ["get", "a", "--collection", "no/slash"] },
  { args: ["get", "a", "--url", "http://127.0.0.1:1"] },
  { args: ["get", "a", "--url", "http://127.0.0.1:1", "--json"] },
  { args: ["put", "greeting", "Hello"] },
  { args: ["put", "greeting", "-"], stdin: '{"a": 1,}' },
  { args: ["put", "a", "1", "--if-offset", "4x"] },
  { args: ["put", "a", "1", "--if-offset", "4", "--if-absent"] },
  { args: ["list", "--limit", "-1"] },
  { args: ["list", "--count", "--limit", "5"] },
  { args: ["watch", "--from", "now"] },
  { args: ["watch", "--prefix", "a"] },
  { args: ["watch", "--url", "http://127.0.0.1:1"] },
  { args: ["import"] },
  { args: ["import", "missing.ndjson"] },
  { args: ["import", "."] },
  { args: ["import", "-", "--from-line", "0"], stdin: "" },
  {
    args: ["import", "-", "--dry-run"],
    stdin: '{"key": "a", "value": 1}\n{"key": "b"}\nnot JSON\n',
  },
  { args: ["export", "."] },
  { args: ["bench", "--seconds", "0"] },
  { args: ["bench", "--dir", "data", "--url", "http://127.0.0.1:8080"] },
  { args: ["delete", "a", "--if-offset", "-1"] },
  { args: ["drop"] },
  { args: ["drop", "no/slash", "--yes"] },
  { args: ["inspect", "missing"] },
  { args: ["inspect", "missing", "--from", "first"] },
  { args: ["verify", "missing"] },
  { args: ["verify", "http://127.0.0.1:1"] },
  { args: ["backup"] },
  { args: ["backup", "src", "--url", "http://127.0.0.1:1"] },
  { args: ["backup", "src/no-backup", "--data-dir", "missing"] },
  { args: ["backup", "b", "--data-dir", "a", "--url", "http://127.0.0.1:1"] },
  { args: ["restore", "backup"] },
  { args: ["restore", "missing", "data"] },
  { args: ["restore", "src", "restored"] },
  { args: ["replay", "data", "--into", "before"] },
  { args: ["replay", "data", "--until", "yesterday", "--into", "before"] },
  { args: ["replay", "data", "--until", "2026-03-01", "--into", "before"] },
  { args: ["replay", "missing", "--until", "41", "--into", "before"] },
  { args: ["repair"] },
  { args: ["repair", "missing", "--dry-run"] },
  { args: ["compact", "src"] },
  { args: ["compact", "data", "--url", "http://127.0.0.1:1"] },
  { args: ["completion", "tcsh"] },
  { args: ["serve", "--prot", "80"] },
  { args: ["serve", "--port", "eighty"] },
  { args: ["serve", "--role", "boss"] },
  { args: ["serve", "--role", "follower"] },
  { args: ["serve", "--host", "0.0.0.0"] },
  { args: ["serve", "--peer-host", "0.0.0.0"] },
  { args: ["serve", "--auth", "tokens"] },
  { args: ["serve", "--auth", "off", "--tokens-file", "tokens"] },
  { args: ["serve", "--tokens-file", "missing.tokens"] },
  { args: ["serve", "--tls-cert", "cert.pem"] },
  { args: ["serve", "--tls-cert", "missing.pem", "--tls-key", "missing.pem"] },
  { args: ["serve", "--max-requests", "0"] },
  { args: ["get", "a", "--token", "a", "--token-file", "b"] },
  { args: ["get", "a", "--token", "two words"] },
  { args: ["get", "a", "--token-file", "missing.token"] },
  { args: ["get", "a", "--tls-ca", "missing.pem"] },
  { args: ["token", "crate"] },
  { args: ["token", "create", "--name", "shop"] },
  { args: ["token", "create", "--name", "shop", "--scope", "root"] },
  { args: ["token", "create", "--name", "a b", "--scope", "read"] },
  { args: ["token", "create", "--name", "shop", "--scope", "read", "--expires", "soon"] },
  { args: ["token", "create", "--name", "shop", "--scope", "read"] },
  { args: ["serve"], environment: { BOXERDB_PRT: "80" } },
  { args: ["serve", "--config", "missing.json"] },
  { args: ["serve", "--config", "port.json"] },
  { args: ["serve", "--config", "comma.json"] },
  { args: ["serve", "--config", "list.json"] },
  { args: ["serve", "--config", "unknown.json"] },
  { args: ["serve"], environment: { BOXERDB_CONFIG: "several.json", BOXERDB_ROLE: "boss" } },
  { args: ["serve"], environment: { BOXERDB_SEGMENT_BYTES: "1KiB" } },
  { args: ["serve"], environment: { BOXERDB_LEADER_URL: "leader:8081" } },
  { args: ["serve", "--port", "9000", "--peer-port", "9000"] },
  { args: ["serve", "--data-dir", ""] },
  { args: ["serve", "--node-id", "a b"] },
  { args: ["serve", "--leader-url", "http://127.0.0.1:8081"] },
  { args: ["serve", "--write-quorum", "0"] },
  { args: ["serve", "--durability", "maybe"] },
  { args: ["serve", "--log-level", "loud"] },
  { args: ["serve", "--advertise-url", "example.com"] },
  { args: ["serve", ...quietly, "--data-dir", "port.json"] },
  { args: ["serve", ...quietly, "--data-dir", "src"] },
];

/** The files that some of them name, in the directory that they are run in. */
const files: Readonly<Record<string, string>> = {
  "port.json": '{\n  "port": "eighty"\n}\n',
  "comma.json": '{\n  "port": 8080,\n}\n',
  "list.json": "[8080]\n",
  "unknown.json": '{\n  "port": 8080,\n  "data_dir": "x"\n}\n',
  "several.json": '{\n  "port": -1,\n  "writeQuorum": true\n}\n',
  "src/main.c": "int main;\n",
};

test("what is wrong with a command line is told, with what to do", async () => {
  await using directory = await TemporaryDirectory.create();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(directory.join(name)), { recursive: true });
    await writeFile(directory.join(name), text);
  }
  const before = process.cwd();
  process.chdir(directory.path);
  onTestFinished(() => process.chdir(before));
  const told: string[] = [];
  for (const { args, environment = {}, stdin = "" } of wrong) {
    const { code, out, err } = await boxerdb(args, { environment, stdin });
    expect(out).toBe("");
    expect(code).toBeGreaterThan(0);
    const set = Object.entries(environment).map(([name, value]) => `${name}=${value} `);
    const line = args.map((arg) => (/^[\w./:-]+$/.test(arg) ? arg : `'${arg}'`)).join(" ");
    const message = err.replaceAll(await realpath(directory.path), "<directory>");
    told.push(`$ ${set.join("")}boxerdb ${line}\n${message}exit code ${code}\n`);
  }
  // Nothing was made by what was refused.
  expect(await filesIn(directory.path)).toEqual(Object.keys(files).toSorted());
  await expectGolden("wrong-command-lines.txt", told.join("\n"));
});
