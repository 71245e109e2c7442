/** Whether the README is true: what it shows of the first five minutes is done, and prints what it says. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { startTestServer, type TestServer } from "./test-server.ts";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../../..");
const mainScript = join(import.meta.dirname, "../src/main.ts");
const readme = await readFile(join(root, "README.md"), "utf8");

/** The blocks of code of a section, in order. */
function blocksOf(title: string, language: string): readonly string[] {
  const start = readme.indexOf(`\n## ${title}\n`);
  const section = readme.slice(start, readme.indexOf("\n## ", start + 1));
  const block = new RegExp(`\n\`\`\`${language}\n(.*?)\n\`\`\`\n`, "gs");
  return [...section.matchAll(block)].map(([, code = ""]) => code);
}

/** A command, and what it prints as the comment after it says; … stands for anything. */
interface Shown {
  readonly command: string;
  readonly printed: RegExp;
}

function shownIn(block: string): readonly Shown[] {
  return [...block.matchAll(/(.*?)\n# ([^\n]*)(?:\n|$)/gs)].map(
    ([, command = "", comment = ""]) => {
      // What comes after some space tells people more.
      const [text = ""] = comment.split(/ {2,}/);
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
  const blocks = blocksOf("The first five minutes", "sh");

  test.each(blocks.flatMap(shownIn))("$command", async ({ command, printed }) => {
    const { stdout } = await run("sh", ["-c", here(command.replaceAll("curl ", "curl -s "))]);
    expect(stdout).toMatch(printed);
  });

  test("the program prints what its comments say", async () => {
    const [program = ""] = blocksOf("The first five minutes", "js");
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
