import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import type { PeerCompression } from "@boxerdb/replication";

const script = fileURLToPath(new URL("follower-main.ts", import.meta.url));

export interface FollowerSettings {
  readonly directory: string;
  readonly nodeId: string;
  /** The peer URL of the leader. */
  readonly leaderUrl: string;
  /** It tells when it shows all below this offset. */
  readonly goal: number;
  /** Default: as shipped. */
  readonly peerCompression?: PeerCompression | undefined;
}

/** What a follower tells when it has reached its goal: how long it took since it began to follow. */
export interface CaughtUp {
  /** Where its log ended when it began. */
  readonly from: number;
  readonly seconds: number;
  /** Processor time of its process meanwhile. */
  readonly cpuSeconds: number;
}

/** A follower in a process of its own, which ends with the one that has started it. */
export class FollowerProcess implements AsyncDisposable {
  /** Resolves when it has reached its goal; rejects where it ends before. */
  readonly caughtUp: Promise<CaughtUp>;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;

  constructor(settings: FollowerSettings) {
    this.#child = fork(script, [JSON.stringify(settings)], {
      execArgv: process.execArgv,
      stdio: ["ignore", "inherit", "inherit", "ipc"],
    });
    this.#ended = once(this.#child, "exit");
    this.caughtUp = new Promise((resolve, reject) => {
      this.#child.once("message", (message) => {
        if (isCaughtUp(message)) resolve(message);
        else reject(new Error("assertion failed: a follower tells when it has caught up"));
      });
      this.#child.once("exit", (code) => {
        reject(new Error(`the follower ended before it had caught up: code ${code}`));
      });
    });
  }

  /** Resolves when it has closed its store and ended. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }
}

const isCaughtUp = (message: unknown): message is CaughtUp =>
  typeof message === "object" &&
  message !== null &&
  "seconds" in message &&
  "cpuSeconds" in message;
