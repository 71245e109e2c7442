import type { NodeLog } from "../node-log.ts";

/** Says in the log that something does not work when that begins, for another reason, and when it ends. */
export class OutageLog {
  readonly #log: NodeLog;
  readonly #began: string;
  readonly #ended: string;
  /** Undefined while it works. */
  #reason: string | undefined;

  /** `began`, `ended`: what the log says. */
  constructor(log: NodeLog, began: string, ended: string) {
    this.#log = log;
    this.#began = began;
    this.#ended = ended;
  }

  failed(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    if (reason === this.#reason) return;
    this.#reason = reason;
    this.#log.warn({ err: error }, this.#began);
  }

  worked(): void {
    if (this.#reason === undefined) return;
    this.#reason = undefined;
    this.#log.info({}, this.#ended);
  }
}
