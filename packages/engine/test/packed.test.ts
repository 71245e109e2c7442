/**
 * The package as others get it: built, packed, installed from its tarball into an empty project, and
 * used there by every version of Node.js that it is for. Needs a package registry.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { beforeAll, describe, expect, test } from "vitest";

import { run } from "./packed/command.ts";
import { ConsumerProject } from "./packed/consumer-project.ts";
import { installRuntimes, nodeExecutable, nodeMajors } from "./packed/node-runtimes.ts";
import { readmeOutput } from "./readme-program.ts";

/** For downloads over a slow line. */
const installTimeoutMs = 600_000;

let project: ConsumerProject;

beforeAll(async () => {
  await installRuntimes();
  project = await ConsumerProject.create();
  return () => project[Symbol.asyncDispose]();
}, installTimeoutMs);

test("the package holds what runs, its declarations and sources, what describes it, and no test", async () => {
  const names = await readdir(project.installedPackage, { recursive: true });
  const outside = names.filter((name) => !/^(dist|src)(\/|$)/.test(name));
  expect(outside.toSorted()).toEqual(["FORMAT.md", "LICENSE", "README.md", "package.json"]);
  expect(names.filter((name) => name.includes(".test."))).toEqual([]);
  const modules = names.filter((name) => /^src\/.*(?<!\.d)\.ts$/.test(name));
  expect(modules).toContain("src/index.ts");
  const built = modules.flatMap((name) => {
    const stem = name.replace(/^src/, "dist").replace(/\.ts$/, "");
    return [`${stem}.js`, `${stem}.js.map`, `${stem}.d.ts`, `${stem}.d.ts.map`];
  });
  const inDist = names.filter((name) => /^dist\/.*\.\w+$/.test(name));
  expect(inDist.toSorted()).toEqual(built.toSorted());
});

test("nothing leads Node.js to the sources, which it does not run below node_modules", async () => {
  const manifest = await readFile(join(project.installedPackage, "package.json"), "utf8");
  expect(JSON.parse(manifest)).toHaveProperty("exports", {
    ".": { types: "./dist/index.d.ts", default: "./dist/index.js" },
    "./package.json": "./package.json",
  });
});

describe.each(nodeMajors)("on Node.js %i", (major) => {
  let node: string;
  let directory: string;

  beforeAll(async () => {
    node = await nodeExecutable(major);
    directory = join(project.directory, `data-${major}`);
    expect(await run(node, ["--version"], { cwd: project.directory })).toMatch(`v${major}.`);
  });

  const runProgram = (program: string, data: string): Promise<string> =>
    run(node, [program, join(directory, data)], { cwd: project.directory });

  test("a JavaScript program can use it", async () => {
    expect(await runProgram("program.js", "javascript")).toBe("done\n");
  });

  test("a TypeScript program can use it, once compiled", async () => {
    expect(await runProgram("typed-program.js", "typescript")).toBe("done\n");
  });

  test("the examples of the README print what it says", async () => {
    await mkdir(directory, { recursive: true });
    const program = join(project.directory, "README.js");
    expect(await run(node, [program], { cwd: directory })).toBe(readmeOutput);
  });

  test("a second process is kept out, and what was acknowledged before a SIGKILL is there", async () => {
    const writer = spawn(node, ["writer.js", join(directory, "killed")], {
      cwd: project.directory,
      stdio: ["ignore", "pipe", "inherit"],
    });
    const exited = once(writer, "exit");
    let acknowledged = 0;
    try {
      for await (const _ of createInterface({ input: writer.stdout })) {
        acknowledged++;
        if (acknowledged !== 100) continue;
        expect(await runProgram("reader.js", "killed")).toBe("LOCKED\n");
        writer.kill("SIGKILL");
      }
    } finally {
      writer.kill("SIGKILL");
    }
    expect(await exited).toEqual([null, "SIGKILL"]);
    const found = Number(await runProgram("reader.js", "killed"));
    // One more may have become durable when nobody could be told any more.
    expect([acknowledged, acknowledged + 1]).toContain(found);
  });
});
