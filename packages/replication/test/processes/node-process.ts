import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { nodeMessageSchema, type NodeMessage, type NodeSettings } from "./node-messages.ts";

const main = fileURLToPath(new URL("./node-main.ts", import.meta.url));

/** What came of a write. `unknown`: it may have been done, or may yet be. */
export type Outcome = { readonly acknowledged: number } | "refused" | "unknown";

/** A node in a process of its own. */
export class NodeProcess {
  readonly #child: ChildProcess;
  readonly #exited: Promise<unknown>;
  readonly #writes = new Map<number, (outcome: Outcome) => void>();
  #nextId = 0;
  #peerPort: number | undefined;
  #hasEnded = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#exited = once(child, "exit");
  }

  /** Starts one; resolves when it listens or follows, and rejects with what it printed if it ends before. */
  static async start(settings: NodeSettings): Promise<NodeProcess> {
    const child = fork(main, [JSON.stringify(settings)], {
      execArgv: ["--conditions=source"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    const started = new NodeProcess(child);
    let printed = "";
    child.stderr?.on("data", (chunk: Buffer) => (printed += chunk.toString()));
    await new Promise<void>((resolve, reject) => {
      child.on("message", (message) => {
        started.#take(nodeMessageSchema.parse(message));
        resolve();
      });
      child.on("exit", () => reject(new Error(`the node ended: ${printed}`)));
    });
    child.on("exit", () => started.#end());
    return started;
  }

  get peerPort(): number {
    if (this.#peerPort === undefined) throw new Error("the node has not told its port");
    return this.#peerPort;
  }

  /** Has it write; a process that ends meanwhile leaves the outcome unknown. */
  write(key: string, value: string): Promise<Outcome> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      if (this.#hasEnded || !this.#child.connected) {
        resolve("refused");
        return;
      }
      this.#writes.set(id, resolve);
      // A message that cannot be sent any more is answered for when the process has ended.
      this.#child.send({ id, key, value }, () => {});
    });
  }

  /** Ends it as a crash would; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exited;
  }

  #take(message: NodeMessage): void {
    if (message.type === "ready") {
      this.#peerPort = message.peerPort;
      return;
    }
    const answer = this.#writes.get(message.id);
    this.#writes.delete(message.id);
    answer?.(message.type === "acknowledged" ? { acknowledged: message.offset } : message.type);
  }

  #end(): void {
    this.#hasEnded = true;
    for (const answer of this.#writes.values()) answer("unknown");
    this.#writes.clear();
  }
}
