import { SingleBar } from "cli-progress";

/** How often a line is written where nobody watches a terminal. */
const lineEveryMs = 10_000;

/** Shows how far a run through many seeds has come: a bar on a terminal, a line now and then else. */
export class SeedProgress implements Disposable {
  readonly #stream: NodeJS.WriteStream;
  readonly #seeds: number;
  readonly #bar: SingleBar | undefined;
  #lastLineMs = performance.now();

  constructor(stream: NodeJS.WriteStream, seeds: number) {
    this.#stream = stream;
    this.#seeds = seeds;
    if (!stream.isTTY) return;
    this.#bar = new SingleBar({
      stream,
      format: "{bar} {percentage} %, {eta_formatted} left: {told}",
      barCompleteChar: "█",
      barIncompleteChar: "░",
      barsize: 30,
      // What comes after tells the whole.
      clearOnComplete: true,
      // Ctrl-C ends the process as usual.
      gracefulExit: false,
    });
    this.#bar.start(seeds, 0, { told: "" });
  }

  /** `done`: how many seeds; `told`: what they amount to. */
  update(done: number, told: string): void {
    if (this.#bar !== undefined) {
      this.#bar.update(done, { told });
      return;
    }
    const nowMs = performance.now();
    if (nowMs - this.#lastLineMs < lineEveryMs) return;
    this.#lastLineMs = nowMs;
    this.#stream.write(`${told}; ${Math.floor((done / this.#seeds) * 100)} %\n`);
  }

  [Symbol.dispose](): void {
    this.#bar?.stop();
  }
}
