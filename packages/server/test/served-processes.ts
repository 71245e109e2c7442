import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { startProcess, type ServedProcess } from "./served-process.ts";

/** Servers in processes of their own, one after the other on one directory; killed when disposed of. */
export class ServedProcesses implements AsyncDisposable {
  readonly #dataDir: string;
  readonly #started: ServedProcess[] = [];

  private constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  /** With an empty directory, and no server yet. */
  static async create(): Promise<ServedProcesses> {
    return new ServedProcesses(await mkdtemp(join(tmpdir(), "boxerdb-processes-")));
  }

  /** Starts one, when the one before has ended. */
  async start(...flags: readonly string[]): Promise<ServedProcess> {
    const server = await startProcess(this.#dataDir, ...flags);
    this.#started.push(server);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const { process, exited } of this.#started) {
      process.kill("SIGKILL");
      await exited;
    }
    await rm(this.#dataDir, { recursive: true });
  }
}
