import type { NodeLog } from "../node-log.ts";

/** Says in the log that something does not work when that begins and when it ends, not at each attempt. */
export class OutageLog {
  readonly #log: NodeLog;
  readonly #began: string;
  readonly #ended: string;
  #isOut = false;

  /** `began`, `ended`: what the log says. */
  constructor(log: NodeLog, began: string, ended: string) {
    this.#log = log;
    this.#began = began;
    this.#ended = ended;
  }

  failed(error: unknown): void {
    if (this.#isOut) return;
    this.#isOut = true;
    this.#log.warn({ err: error }, this.#began);
  }

  worked(): void {
    if (!this.#isOut) return;
    this.#isOut = false;
    this.#log.info({}, this.#ended);
  }
}
