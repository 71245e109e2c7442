import { spawn, type ChildProcess } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const startTimeoutMs = 20_000;
const stopTimeoutMs = 20_000;
const probeEveryMs = 50;
/** How much of what a server printed is kept, to be shown if it does not come up. */
const keptOutputCharacters = 4_096;

/**
 * A server in a process of its own. It is ended with this process, however that ends: killed at
 * exit, as nobody can wait then.
 */
export class ServerProcess implements AsyncDisposable {
  readonly name: string;
  readonly pid: number;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  readonly #child: ChildProcess;

  #hasEnded = false;
  #output = "";

  /** Starts a command. Rejects where there is no such command. */
  static async start(
    command: string,
    args: readonly string[],
    directory?: string,
  ): Promise<ServerProcess> {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      ...(directory === undefined ? {} : { cwd: directory }),
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("spawn", () => resolve(child.pid ?? 0));
    });
    return new ServerProcess(command, pid, child);
  }

  /** Starts a script of this workspace with this Node.js. */
  static async startScript(
    script: URL,
    args: readonly string[] = [],
    nodeOptions: readonly string[] = [],
  ): Promise<ServerProcess> {
    const options = ["--conditions=source", ...nodeOptions];
    return await this.start(process.execPath, [...options, fileURLToPath(script), ...args]);
  }

  private constructor(name: string, pid: number, child: ChildProcess) {
    this.name = name;
    this.pid = pid;
    this.#child = child;
    // Before the handler that removes its directory, which was there before it.
    process.prependOnceListener("exit", this.#kill);
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output = (this.#output + text).slice(-keptOutputCharacters);
      });
    }
    this.ended = new Promise((resolve) => {
      child.once("close", () => {
        this.#hasEnded = true;
        process.off("exit", this.#kill);
        resolve();
      });
    });
  }

  /** Waits until the server prints the URL where it listens. */
  async firstUrl(): Promise<string> {
    let url: string | undefined;
    await this.ready(() => {
      url = /https?:\/\/[\w.]+:\d+/.exec(this.#output)?.[0];
      return url !== undefined;
    });
    return url ?? "";
  }

  /** Waits until `isReady` says so. Rejects if the server ends before, or takes too long. */
  async ready(isReady: () => boolean | Promise<boolean>): Promise<void> {
    const deadlineMs = performance.now() + startTimeoutMs;
    while (!(await isReady())) {
      if (this.#hasEnded) throw new Error(`${this.name} ended: ${this.#output}`);
      if (performance.now() > deadlineMs) {
        throw new Error(`${this.name} is not ready after ${startTimeoutMs} ms: ${this.#output}`);
      }
      await sleep(probeEveryMs);
    }
  }

  /** Asks the server to end and waits for it. Rejects if it has to be killed, or had ended before. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#hasEnded) throw new Error(`${this.name} ended by itself: ${this.#output}`);
    this.#child.kill("SIGTERM");
    const late = setTimeout(this.#kill, stopTimeoutMs);
    await this.ended;
    clearTimeout(late);
    if (this.#child.signalCode === "SIGKILL") {
      throw new Error(`${this.name} did not end within ${stopTimeoutMs} ms: ${this.#output}`);
    }
  }

  readonly #kill = (): void => void this.#child.kill("SIGKILL");
}

/** Whether a URL answers with a success. */
export async function answers(url: string): Promise<boolean> {
  const [response] = await Promise.allSettled([fetch(url)]);
  return response?.status === "fulfilled" && response.value.ok;
}
