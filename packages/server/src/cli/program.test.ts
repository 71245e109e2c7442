import { expect, test } from "vitest";

import { boxerdb } from "../../test/cli/boxerdb.ts";
import { expectGolden } from "../../test/golden-file.ts";

const verbs = [
  "serve",
  "status",
  "get",
  "put",
  "delete",
  "list",
  "import",
  "export",
  "inspect",
  "verify",
  "bench",
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
  { args: ["serve", "--prot", "80"] },
  { args: ["serve", "--port", "eighty"] },
  { args: ["serve", "--role", "boss"] },
  { args: ["serve", "--role", "follower"] },
  { args: ["serve", "--host", "0.0.0.0"] },
  { args: ["serve"], environment: { BOXERDB_PRT: "80" } },
  { args: ["serve", "--config", "missing.json"] },
];

test("what is wrong with a command line is told, with what to do", async () => {
  const told: string[] = [];
  for (const { args, environment = {}, stdin = "" } of wrong) {
    const { code, out, err } = await boxerdb(args, { environment, stdin });
    expect(out).toBe("");
    expect(code).toBeGreaterThan(0);
    const set = Object.entries(environment).map(([name, value]) => `${name}=${value} `);
    const line = args.map((arg) => (/^[\w./:-]+$/.test(arg) ? arg : `'${arg}'`)).join(" ");
    told.push(`$ ${set.join("")}boxerdb ${line}\n${err}exit code ${code}\n`);
  }
  await expectGolden("wrong-command-lines.txt", told.join("\n"));
});
