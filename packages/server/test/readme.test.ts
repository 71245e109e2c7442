/** Whether the documents are true: what they show is done, and prints what they say. */
import { execFile } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startTestServer, type TestServer } from "./test-server.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../..");
const mainScript = join(import.meta.dirname, "../src/main.ts");
const readme = await readFile(join(root, "README.md"), "utf8");
const http = await readFile(join(root, "packages/server/HTTP.md"), "utf8");

/** The blocks of code of a section, in order. */
function blocksOf(document: string, title: string, language: string): readonly string[] {
  const start = document.indexOf(`\n## ${title}\n`);
  const section = document.slice(start, document.indexOf("\n## ", start + 1));
  const block = new RegExp(`\n\`\`\`${language}\n(.*?)\n\`\`\`\n`, "gs");
  return [...section.matchAll(block)].map(([, code = ""]) => code);
}

/** A command, and what it prints as the comment after it says; … stands for anything. */
interface Shown {
  readonly command: string;
  readonly printed: RegExp;
}

function shownIn(block: string): readonly Shown[] {
  return [...block.matchAll(/(.*?)\n((?:# [^\n]*(?:\n|$))+)/gs)].map(
    ([, command = "", comment = ""]) => {
      // What comes after some space tells people more.
      const lines = comment.trimEnd().split("\n");
      const text = lines.map((line) => line.slice("# ".length).split(/ {2,}/)[0]).join("\n");
      const parts = text.split("…").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
      return { command: command.trim(), printed: new RegExp(`^${parts.join(".*")}$`) };
    },
  );
}

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const here = (text: string): string => text.replaceAll("http://127.0.0.1:8080", server.url);

describe("the first five minutes", () => {
  const blocks = blocksOf(readme, "The first five minutes", "sh");

  test.each(blocks.flatMap(shownIn))("$command", async ({ command, printed }) => {
    const { stdout } = await run("sh", ["-c", here(command.replaceAll("curl ", "curl -s "))]);
    expect(stdout).toMatch(printed);
  });

  test("the program prints what its comments say", async () => {
    const [program = ""] = blocksOf(readme, "The first five minutes", "js");
    const said = program.split("\n").filter((line) => line.startsWith("// "));
    const { stdout } = await run(process.execPath, [
      "--input-type=module",
      "--eval",
      here(program),
    ]);
    expect(stdout.trimEnd().split("\n")).toEqual(said.map((line) => line.slice("// ".length)));
  });

  test("the command line does the same", async () => {
    const commands = blocks
      .flatMap((block) => block.split("\n"))
      .filter(
        (line) =>
          line.startsWith("npx -y pnpm@12 boxerdb ") &&
          /boxerdb (?:put|get|list|status|--help)/.test(line),
      );
    expect(commands.length).toBeGreaterThan(3);
    const boxerdb = `'${process.execPath}' --conditions=source '${mainScript}'`;
    const script = commands.join("\n").replaceAll("npx -y pnpm@12 boxerdb", boxerdb);
    const env = { ...process.env, BOXERDB_URL: server.url };
    const { stdout } = await run("sh", ["-e", "-c", script], { env });
    expect(stdout).toContain('"red"');
  });

  test("there is a command and its output in every block", () => {
    expect(blocks.flatMap(shownIn).length).toBeGreaterThan(7);
  });
});

describe("the API's document, which goes on from there", () => {
  const scratch = mkdtempSync(join(tmpdir(), "boxerdb-readme-"));
  afterAll(() => rm(scratch, { recursive: true }));
  const shown = ["Following changes", "Import and export"].flatMap((title) =>
    blocksOf(http, title, "sh").flatMap(shownIn),
  );

  test.each(shown)("$command", async ({ command, printed }) => {
    // What goes to a file is shown as that file holds it.
    const file = / > (\S+)$/.exec(command)?.[1];
    const script = file === undefined ? command : `${command} && cat ${file}`;
    const { stdout } = await run("sh", ["-c", here(script)], { cwd: scratch });
    expect(stdout.trimEnd()).toMatch(printed);
  });

  test("there is a command of each kind", () => {
    expect(shown.length).toBe(3);
  });
});
