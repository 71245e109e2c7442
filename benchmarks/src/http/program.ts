import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** A program that a benchmark needs beside itself. */
export interface Program {
  /** As on PATH. */
  readonly command: string;
  /** What prints its version. */
  readonly versionCommand: readonly [string, ...string[]];
}

const own = (command: string): Program => ({ command, versionCommand: [command, "--version"] });

export const wrk = own("wrk");
export const redisServer = own("redis-server");
export const redisBenchmark = own("redis-benchmark");
export const redisCli = own("redis-cli");
export const etcd = own("etcd");
/** It does not tell its version; on Debian the package does. */
export const webdis: Program = {
  command: "webdis",
  versionCommand: ["dpkg-query", "--show", "--showformat=${Version}", "webdis"],
};

/** Whether a program is on PATH. */
export async function isInstalled({ command }: Program): Promise<boolean> {
  const directories = (process.env["PATH"] ?? "").split(delimiter);
  const found = await Promise.allSettled(
    directories.map((directory) => access(join(directory, command), constants.X_OK)),
  );
  return found.some(({ status }) => status === "fulfilled");
}

/** "etcd 3.4.23"; the name alone where the version cannot be told. */
export async function describeProgram({ command, versionCommand }: Program): Promise<string> {
  const version = versionIn(await outputOf(versionCommand));
  return version === undefined ? command : `${command} ${version}`;
}

/** The first thing in a text that looks like a version. */
export const versionIn = (text: string): string | undefined => /\d+\.\d+(?:\.\d+)?/.exec(text)?.[0];

/** What a command prints, however it ends: wrk fails when it is asked for its version, and tells it. */
const outputOf = ([command, ...args]: Program["versionCommand"]): Promise<string> =>
  new Promise((resolve) => {
    execFile(command, args, (_error, stdout, stderr) => resolve(stdout + stderr));
  });
