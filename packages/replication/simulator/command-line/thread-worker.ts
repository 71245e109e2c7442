import { Worker } from "node:worker_threads";

import { z } from "zod";

import type { RunReport } from "../simulation.ts";

import type { SeedWorker } from "./seed-worker.ts";

/** What a thread is to do with each seed. */
export const threadTaskSchema = z.strictObject({
  /** The names of the simulations. */
  names: z.array(z.string()),
  /** How much of a transcript is kept. */
  lastLines: z.int(),
});
export type ThreadTask = z.infer<typeof threadTaskSchema>;

const seedThread = new URL("seed-thread.ts", import.meta.url);

/** A thread has ended, or cannot go on, while it ran a seed. Says which one. */
export class WorkerDiedError extends Error {
  constructor(seed: number, names: readonly string[], how: string, options?: ErrorOptions) {
    const only = names.length === 1 ? ` --only ${names.join()}` : "";
    super(
      `the thread that ran seed ${seed} ${how}. In one thread: pnpm simulate${only} --seed ${seed}`,
      options,
    );
    this.name = new.target.name;
  }
}

/** A seed that a thread is at, and who waits for it. */
interface Call {
  readonly seed: number;
  readonly resolve: (reports: readonly RunReport[]) => void;
  readonly reject: (error: WorkerDiedError) => void;
}

/** Runs seeds in a thread of their own, which ends with the process. */
export class ThreadWorker implements SeedWorker {
  readonly #names: readonly string[];
  readonly #thread: Worker;
  #call: Call | undefined;
  /** How it has ended; undefined while it runs. */
  #end: { readonly how: string; readonly cause?: unknown } | undefined;

  /** `script`: what the thread runs. Default: all simulations that the task names. */
  constructor(task: ThreadTask, script = seedThread) {
    this.#names = task.names;
    this.#thread = new Worker(script, { workerData: task });
    this.#thread.on("message", (reports: readonly RunReport[]) => {
      const call = this.#call;
      this.#call = undefined;
      call?.resolve(reports);
    });
    this.#thread.on("error", (cause: unknown) => {
      const message = cause instanceof Error ? cause.message : String(cause);
      this.#ended({ how: `has failed: ${message}`, cause });
    });
    this.#thread.on("exit", (code) => this.#ended({ how: `has ended with code ${code}` }));
  }

  /** One at a time. Rejects with WorkerDiedError. */
  run(seed: number): Promise<readonly RunReport[]> {
    return new Promise((resolve, reject) => {
      this.#call = { seed, resolve, reject };
      if (this.#end === undefined) this.#thread.postMessage(seed, []);
      else this.#ended(this.#end);
    });
  }

  /** Ends the thread, in the midst of a seed where it runs one. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#thread.terminate();
  }

  #ended(end: { readonly how: string; readonly cause?: unknown }): void {
    this.#end ??= end;
    const call = this.#call;
    this.#call = undefined;
    const { how, cause } = this.#end;
    call?.reject(new WorkerDiedError(call.seed, this.#names, how, { cause }));
  }
}
