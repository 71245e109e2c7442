import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("throttled-link-main.ts", import.meta.url));

export interface LinkSettings {
  /** Where it leads to, on this machine. */
  readonly targetPort: number;
  readonly bytesPerSecond: number;
}

/** What a link tells: its port when it can be used, and the bytes that came from the target when it is asked. */
export type LinkMessage = { readonly port: number } | { readonly passedBytes: number };

/** A slow link in a process of its own, which ends with the one that has started it. */
export class ThrottledLink implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(settings: LinkSettings) {
    this.#child = fork(script, [JSON.stringify(settings)], {
      execArgv: process.execArgv,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#ended = once(this.#child, "exit");
  }

  /** Resolves to where it can be used as its target can. To be called once. */
  async url(): Promise<string> {
    return `http://127.0.0.1:${await this.#told("port")}`;
  }

  /** Resolves to how many bytes came from the target so far. */
  passedBytes(): Promise<number> {
    this.#child.send("count");
    return this.#told("passedBytes");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }

  async #told(name: string): Promise<number> {
    const ended = this.#ended.then((): readonly unknown[] => []);
    const [message] = await Promise.race([once(this.#child, "message"), ended]);
    const value: unknown = Object.entries(Object(message)).find(([key]) => key === name)?.[1];
    if (typeof value !== "number") throw new Error(`the throttled link has not told its ${name}`);
    return value;
  }
}
