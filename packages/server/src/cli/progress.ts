import { SingleBar } from "cli-progress";

import type { Clock } from "./clock.ts";
import type { Output } from "./output.ts";
import { formatByteRate, formatBytes, formatCountOf, formatRate } from "./units.ts";

/** How often a line is written where nobody watches a bar. */
const lineEveryMs = 5_000;

/** Tells what has been done in the time since the beginning, in words. */
export type Tell = (elapsedMs: number) => string;

/** "12,000 documents, 8,500/s". */
export const documentsDone =
  (documents: number): Tell =>
  (elapsedMs) =>
    `${formatCountOf(documents, "document")}, ${formatRate(documents, elapsedMs)}`;

/** "12.0 MiB, 8.5 MiB/s". */
export const bytesDone =
  (bytes: number): Tell =>
  (elapsedMs) =>
    `${formatBytes(bytes)}, ${formatByteRate(bytes, elapsedMs)}`;

/** Shows how far long work has come: a bar for a person at a terminal, a line now and then else. */
export class Progress implements Disposable {
  readonly #output: Output;
  readonly #clock: Clock;
  #total: number | undefined;
  readonly #startedMs: number;
  readonly #bar: SingleBar | undefined;
  #lastLineMs: number;

  /** `total` is the amount of work in any unit; undefined where it is not known. */
  constructor(output: Output, total: number | undefined, clock: Clock) {
    this.#output = output;
    this.#clock = clock;
    this.#total = total;
    this.#startedMs = clock.now();
    this.#lastLineMs = this.#startedMs;
    this.#bar = output.isTerminal ? startBar(output, total) : undefined;
  }

  get elapsedMs(): number {
    return this.#clock.now() - this.#startedMs;
  }

  /** The total has turned out to be another one. It must not have been left out before. */
  expect(total: number): void {
    this.#total = total;
    this.#bar?.setTotal(total);
  }

  /** `done` is how much of the total is done, in the unit of that. */
  update(done: number, tell: Tell): void {
    const { elapsedMs } = this;
    if (this.#bar !== undefined) {
      this.#bar.update(done, { told: tell(elapsedMs) });
      return;
    }
    const now = this.#clock.now();
    if (now - this.#lastLineMs < lineEveryMs) return;
    this.#lastLineMs = now;
    this.#output.stream.write(`${tell(elapsedMs)}${this.#share(done)}\n`);
  }

  /** Says something between, without breaking the bar. */
  note(text: string): void {
    this.#output.stream.write(this.#bar === undefined ? `${text}\n` : `\r\u001b[K${text}\n`);
  }

  [Symbol.dispose](): void {
    this.#bar?.stop();
  }

  #share(done: number): string {
    const total = this.#total ?? 0;
    return total === 0 ? "" : `, ${Math.floor((done / total) * 100)} %`;
  }
}

const startBar = (output: Output, total: number | undefined): SingleBar => {
  const share = total === undefined ? "" : "{bar} {percentage} %, {eta_formatted} left: ";
  const bar = new SingleBar({
    stream: output.stream,
    format: `${share}{told}`,
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 30,
    // What comes after tells the whole.
    clearOnComplete: true,
    // Ctrl-C is ours to handle: the bar must not end the process.
    gracefulExit: false,
  });
  bar.start(total ?? 0, 0, { told: "" });
  return bar;
};
