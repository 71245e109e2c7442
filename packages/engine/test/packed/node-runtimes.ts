/**
 * The versions of Node.js that the package has to work on: the one that runs the tests, and older ones.
 * Those come as packages with a lockfile of their own: they take 370 MB, which nobody should have to
 * wait for who only wants to start the server.
 */
import { access } from "node:fs/promises";
import { join } from "node:path";

import { run } from "./command.ts";

/** Has the packages for each system; the file also says which system has which versions. */
const directory = join(import.meta.dirname, "runtimes");

/** Major versions, the oldest first. */
export const nodeMajors: readonly number[] = [22, 24, majorOf(process.version)];

function majorOf(version: string): number {
  return Number.parseInt(version.replace("v", ""));
}

/** Puts the older versions where `nodeExecutable` finds them, unless they are there. */
export async function installRuntimes(): Promise<void> {
  // `--no-save` keeps to the lockfile and leaves it as it is.
  const args = ["install", "--no-save", "--prefer-offline", "--no-audit", "--no-fund"];
  await run("npm", [...args, "--prefix", directory], { cwd: directory });
}

/** The path of an executable, once they are installed. Throws where this system has none. */
export async function nodeExecutable(major: number): Promise<string> {
  if (major === majorOf(process.version)) return process.execPath;
  const system = `${process.platform}-${process.arch}`;
  const executable = join(directory, "node_modules", `node-${major}-${system}`, "bin", "node");
  try {
    await access(executable);
  } catch (error) {
    throw new Error(
      `there is no Node.js ${major} for ${system}, so the package was not tried on it: ` +
        `name a package that brings it in ${join(directory, "package.json")}`,
      { cause: error },
    );
  }
  return executable;
}
