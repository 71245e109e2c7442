/** How often a line is written where nobody watches a terminal. */
const lineEveryMs = 10_000;

/** What shows progress: a terminal, where a line can be overwritten, or a plain stream. */
export interface ProgressStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Shows what runs and how far it is: on one line of a terminal, as plain lines now and then else. */
export class ConsoleProgress {
  readonly #stream: ProgressStream;
  readonly #nowMs: () => number;
  #step = "";
  #lastLineMs = Number.NEGATIVE_INFINITY;

  constructor(stream: ProgressStream, nowMs: () => number) {
    this.#stream = stream;
    this.#nowMs = nowMs;
  }

  /** A new step begins: "embedded documents, round 1 of 3". */
  begin(step: string): void {
    this.#step = step;
    this.#lastLineMs = Number.NEGATIVE_INFINITY;
    this.tell("");
  }

  /** What the step does now. */
  tell(text: string): void {
    const line = text === "" ? this.#step : `${this.#step}: ${text}`;
    if (this.#stream.isTTY === true) {
      this.#stream.write(`\r\u001b[K${line.slice(0, (this.#stream.columns ?? 80) - 1)}`);
      return;
    }
    const now = this.#nowMs();
    if (now - this.#lastLineMs < lineEveryMs) return;
    this.#lastLineMs = now;
    this.#stream.write(`${line}\n`);
  }

  /** A line that stays. */
  note(text: string): void {
    this.#stream.write(this.#stream.isTTY === true ? `\r\u001b[K${text}\n` : `${text}\n`);
  }
}
