/** Whether the README is true. Its examples also run on older versions of Node.js: see packed.test.ts. */
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import * as engine from "@boxerdb/engine";
import { expect, test } from "vitest";

import { resolveOptions } from "../src/options.ts";

import { run } from "./packed/command.ts";
import { readmeOutput, readmeProgram, readmeTable } from "./readme-program.ts";

const packageDirectory = join(import.meta.dirname, "..");

test("the examples print what the page says", async () => {
  const directory = await mkdtemp(join(tmpdir(), "boxerdb-readme-"));
  try {
    await mkdir(join(directory, "node_modules/@boxerdb"), { recursive: true });
    await symlink(packageDirectory, join(directory, "node_modules/@boxerdb/engine"));
    await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(join(directory, "README.ts"), readmeProgram);
    const args = ["--conditions=source", "README.ts"];
    const printed = await run(process.execPath, args, { cwd: directory });
    expect(printed).toBe(readmeOutput);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("the table of options has each of them, with its default", () => {
  const table = new Map(readmeTable("option").map(([name, value]) => [name, value]));
  const options = Object.entries(resolveOptions({}));
  expect(new Set(table.keys())).toEqual(new Set(options.map(([name]) => name)));
  for (const [name, value] of options) {
    // Others are described in words.
    if (typeof value !== "string" && typeof value !== "number") continue;
    expect(`${name}: ${table.get(name)}`).toBe(`${name}: ${inWords(value)}`);
  }
});

function inWords(value: string | number): string {
  const MiB = 2 ** 20;
  if (typeof value === "string") return value;
  return value % MiB === 0 ? `${value / MiB} MiB` : value.toLocaleString("en-US");
}

test("the table of errors has each code and each class", async () => {
  const table = readmeTable("code");
  const classes = Object.entries(engine)
    .filter(([, value]) => typeof value === "function" && value.prototype instanceof Error)
    .map(([name]) => name)
    // SystemError: what file systems in memory fail with, as Node.js does.
    .filter((name) => name !== "EngineError" && name !== "SystemError");
  expect(new Set(table.map(([, name]) => name))).toEqual(new Set(classes));

  const sources = ["src/errors.ts", "src/lock/lock-errors.ts"];
  const texts = await Promise.all(
    sources.map((path) => readFile(join(packageDirectory, path), "utf8")),
  );
  const codes = texts.join("").matchAll(/(?:super\(\s*|code: |\| )"([A-Z_]+)"/g);
  expect(new Set(table.map(([code]) => code))).toEqual(new Set([...codes].map(([, code]) => code)));
});
