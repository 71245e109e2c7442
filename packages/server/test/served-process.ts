import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

import { z } from "zod";

const mainScript = fileURLToPath(new URL("../src/main.ts", import.meta.url));

const listening = z.object({ url: z.string(), peerUrl: z.string().optional() });

/** `boxerdb serve` in a process of its own. */
export interface ServedProcess {
  readonly url: string;
  /** Where followers reach it, if it leads. */
  readonly peerUrl: string | undefined;
  readonly process: ChildProcess;
  /** The exit code, once it has ended; null after a signal that it did not survive. */
  readonly exited: Promise<number | null>;
}

/** Starts it on free ports and resolves when it listens. Rejects with its output where it does not. */
export async function startProcess(
  dataDir: string,
  ...flags: readonly string[]
): Promise<ServedProcess> {
  return startCommand(process.execPath, commandOf(dataDir, flags));
}

/** The same, of a process that may have no more than so many files open. */
export async function startProcessOfFewFiles(
  openFiles: number,
  dataDir: string,
  ...flags: readonly string[]
): Promise<ServedProcess> {
  const limited = `ulimit -n ${openFiles} && exec "$0" "$@"`;
  const command = commandOf(dataDir, flags);
  return startCommand("sh", ["-c", limited, process.execPath, ...command]);
}

const commandOf = (dataDir: string, flags: readonly string[]): readonly string[] => {
  const serving = ["serve", "--port", "0", "--peer-port", "0", "--data-dir", dataDir];
  return ["--conditions=source", mainScript, ...serving, "--log-format", "json", ...flags];
};

async function startCommand(command: string, words: readonly string[]): Promise<ServedProcess> {
  const child = spawn(command, words, { stdio: ["ignore", "pipe", "pipe"] });
  const exited = once(child, "exit").then(([code]) => z.number().nullable().parse(code));
  let output = "";
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  for await (const line of createInterface({ input: child.stdout })) {
    output += `${line}\n`;
    const told = listening.safeParse(JSON.parse(line));
    if (!told.success) continue;
    // Read on, so that the process never waits for its log to be taken.
    child.stdout.resume();
    const { url, peerUrl } = told.data;
    return { url, peerUrl, process: child, exited };
  }
  throw new Error(`the server ended with ${await exited}: ${output}`);
}
