import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { onTestFinished } from "vitest";

const main = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/** Starts the real program as a process of its own, which does not outlive the test. */
export const startBoxerdb = (
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ChildProcessWithoutNullStreams => {
  const child = spawn(process.execPath, ["--conditions=source", main, ...args], {
    env: { PATH: process.env["PATH"], ...environment },
    stdio: "pipe",
  });
  onTestFinished(() => {
    child.kill("SIGKILL");
  });
  return child;
};

/** How a process ended: `code` is null where a signal ended it. */
export interface EndedProcess {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Waits until a process has ended. What it says is read meanwhile, unless nobody wants it any more. */
export const endOf = async (child: ChildProcessWithoutNullStreams): Promise<EndedProcess> => {
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    said.out += chunk;
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    said.err += chunk;
  });
  await once(child, "close");
  return { code: child.exitCode, ...said };
};
