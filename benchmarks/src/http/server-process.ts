import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

/** A server in a process of its own. */
export interface ServerProcess {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a script and waits until it prints the URL where it listens. */
export async function startServer(script: URL, args: readonly string[]): Promise<ServerProcess> {
  const command = ["--conditions=source", fileURLToPath(script), ...args];
  const child = spawn(process.execPath, command, { stdio: ["ignore", "pipe", "inherit"] });
  const url = await firstUrl(child);
  return {
    url,
    stop: async () => {
      const closed = new Promise((resolve) => child.once("close", resolve));
      child.kill("SIGTERM");
      await closed;
    },
  };
}

function firstUrl(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const url = /https?:\/\/[\w.]+:\d+/.exec(output)?.[0];
      if (url !== undefined) resolve(url);
    });
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`the server ended (${code}): ${output}`)));
  });
}
