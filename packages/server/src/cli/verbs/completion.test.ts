import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import { promisify } from "node:util";

import { expect, test } from "vitest";

import { boxerdb } from "../../../test/cli/boxerdb.ts";
import { TemporaryDirectory } from "../../../test/cli/temporary-directory.ts";

const run = promisify(execFile);

const scriptFor = async (shell: string): Promise<string> => {
  const { code, out, err } = await boxerdb(["completion", shell]);
  expect({ code, err }).toEqual({ code: 0, err: "" });
  return out;
};

/** The names of the verbs, as the help has them. */
const verbsInHelp = async (): Promise<string[]> => {
  const list = /Verbs:\n(.*?)\n\n/s.exec((await boxerdb(["--help"])).out)?.[1] ?? "";
  return [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name ?? "");
};

/** The long options of a verb, as its help has them; the verb may be two words. */
const optionsInHelp = async (...verb: readonly string[]): Promise<string[]> => {
  const { out } = await boxerdb([...verb, "--help"]);
  return [...out.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, name]) => name ?? "");
};

/** What bash offers for the last of the words, in a directory with a file and a directory. */
const completed = async (...words: readonly string[]): Promise<string[]> => {
  await using directory = await TemporaryDirectory.create();
  await mkdir(directory.join("my data"));
  await writeFile(directory.join("my file"), "");
  await writeFile(directory.join("script"), await scriptFor("bash"));
  const lines = [
    "source ./script",
    `COMP_WORDS=(boxerdb ${words.map((word) => `'${word}'`).join(" ")})`,
    `COMP_CWORD=${words.length}`,
    "_boxerdb",
    'printf "%s\\n" "${COMPREPLY[@]}"',
  ];
  const { stdout, stderr } = await run("bash", ["--norc", "-c", lines.join("\n")], {
    cwd: directory.path,
  });
  expect(stderr).toBe("");
  return stdout.split("\n").filter((line) => line !== "");
};

test("bash completes every verb that the help lists", async () => {
  const verbs = await verbsInHelp();
  expect(verbs.length).toBeGreaterThan(15);
  expect(await completed("")).toEqual(verbs);
  expect(await completed("re")).toEqual(["restore", "replay", "repair"].toSorted(byPlaceIn(verbs)));
  expect(await completed("help", "ver")).toEqual(["verify"]);
});

const byPlaceIn =
  (names: readonly string[]) =>
  (a: string, b: string): number =>
    names.indexOf(a) - names.indexOf(b);

test("bash completes every option of every verb", async () => {
  for (const verb of (await verbsInHelp()).filter((name) => name !== "help")) {
    expect(await completed(verb, "--")).toEqual(await optionsInHelp(verb));
  }
});

test("bash completes the verbs below a verb, and what follows them", async () => {
  expect(await completed("token", "")).toEqual(["create", "list", "revoke"]);
  expect(await completed("token", "r")).toEqual(["revoke"]);
  for (const below of ["create", "list", "revoke"]) {
    expect(await completed("token", below, "--")).toEqual(await optionsInHelp("token", below));
  }
  expect(await completed("token", "create", "--scope", "")).toEqual(["read", "write", "admin"]);
  expect(await completed("token", "create", "--tokens-file", "m")).toHaveLength(2);
});

test("bash completes directories, files and choices where they are wanted", async () => {
  expect(await completed("verify", "m")).toEqual(["my data"]);
  expect(await completed("backup", "copy", "--data-dir", "m")).toEqual(["my data"]);
  expect((await completed("import", "m")).toSorted()).toEqual(["my data", "my file"]);
  expect(await completed("completion", "")).toEqual(["bash", "zsh", "fish"]);
  expect(await completed("get", "--url", "m")).toEqual([]);
});

test("the scripts for zsh and fish name every verb and option, too", async () => {
  const [zsh, fish] = [await scriptFor("zsh"), await scriptFor("fish")];
  for (const verb of (await verbsInHelp()).filter((name) => name !== "help")) {
    const ofZsh = new RegExp(`^ {4}${verb}\\)\n(.*?)^ {6};;`, "ms").exec(zsh)?.[1] ?? "";
    for (const option of await optionsInHelp(verb)) {
      expect(ofZsh).toContain(`'${option}[`);
      const line = `-n '__fish_seen_subcommand_from ${verb}`;
      const ofFish = fish.split("\n").filter((candidate) => candidate.includes(line));
      expect(ofFish.some((candidate) => candidate.includes(` -l ${option.slice(2)} `))).toBe(true);
    }
  }
});

test("the scripts for zsh and fish name the verbs below a verb, and their options", async () => {
  const [zsh, fish] = [await scriptFor("zsh"), await scriptFor("fish")];
  const ofToken = /^ {4}token\)\n(.*?)^ {6};;/ms.exec(zsh)?.[1] ?? "";
  const seen = "__fish_seen_subcommand_from";
  for (const below of ["create", "list", "revoke"]) {
    expect(ofToken).toContain(`'${below}:`);
    const ofZsh = new RegExp(`^ {8}${below}\\)\n(.*?)^ {10};;`, "ms").exec(ofToken)?.[1] ?? "";
    expect(fish).toContain(`-n '${seen} token; and not ${seen} create list revoke' -a ${below} `);
    const condition = `-n '${seen} token; and ${seen} ${below}'`;
    const ofFish = fish.split("\n").filter((line) => line.includes(condition));
    for (const option of await optionsInHelp("token", below)) {
      expect(ofZsh).toContain(`'${option}[`);
      expect(ofFish.some((line) => line.includes(` -l ${option.slice(2)} `))).toBe(true);
    }
  }
  expect(fish).toContain(`-n '${seen} list; and not ${seen} token' -l prefix `);
});

test("another shell is refused with those that are known", async () => {
  const { code, err } = await boxerdb(["completion", "tcsh"]);
  expect(code).toBe(2);
  expect(err).toContain("bash, zsh, fish");
});
