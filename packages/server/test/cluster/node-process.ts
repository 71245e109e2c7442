import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { open, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

import { nodeMessageSchema, type HandOver, type NodeSettings } from "./node-messages.ts";

const main = fileURLToPath(new URL("./node-main.ts", import.meta.url));

/** A node in a process of its own, at work. */
export class NodeProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #handovers = new Map<number, (refusal: string | undefined) => void>();
  #nextId = 1;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, "exit");
  }

  /**
   * Starts one, and resolves when it answers requests. What it logs is appended to `logPath`. Rejects where it
   * ends before.
   */
  static async start(settings: NodeSettings, logPath: string): Promise<NodeProcess> {
    const log = await open(logPath, "a");
    try {
      const child = fork(main, [JSON.stringify(settings)], {
        execArgv: ["--conditions=source"],
        stdio: ["ignore", log.fd, log.fd, "ipc"],
      });
      const started = new NodeProcess(child);
      await started.#untilReady(logPath);
      return started;
    } finally {
      await log.close();
    }
  }

  /** Ends it as a crash would; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  /** Has it finish what it has begun, and end. */
  async stop(): Promise<void> {
    this.#child.kill("SIGTERM");
    await this.#exited;
  }

  /** Freezes it, timers included. */
  pause(): void {
    this.#child.kill("SIGSTOP");
  }

  resume(): void {
    this.#child.kill("SIGCONT");
  }

  /** Asks it to have another node lead a database. Resolves to why it did not; undefined where it did. */
  handOver(database: string, toNodeId: string): Promise<string | undefined> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#handovers.set(id, resolve);
      this.#child.send({ id, database, toNodeId } satisfies HandOver, (error) => {
        if (error !== null) resolve(error.message);
      });
    });
  }

  async #untilReady(logPath: string): Promise<void> {
    const ready = Promise.withResolvers<undefined>();
    this.#child.on("message", (sent) => {
      const message = nodeMessageSchema.parse(sent);
      if (message.type === "ready") {
        ready.resolve(undefined);
      } else {
        this.#handovers.get(message.id)?.(message.refusal);
        this.#handovers.delete(message.id);
      }
    });
    this.#child.on("exit", () => {
      ready.reject(new Error("the node has ended"));
      for (const answer of this.#handovers.values()) answer("the node has ended");
    });
    try {
      await ready.promise;
    } catch (error) {
      throw new Error(`the node did not start: ${await readFile(logPath, "utf8")}`, {
        cause: error,
      });
    }
  }
}
