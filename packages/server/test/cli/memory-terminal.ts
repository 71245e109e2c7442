import { Readable, Writable } from "node:stream";

import { Output } from "../../src/cli/output.ts";
import type { Terminal } from "../../src/cli/terminal.ts";

/** A stream that keeps what is written to it, and may pass for a terminal. */
class KeptOutput extends Writable {
  readonly isTTY: boolean;
  readonly columns: number;
  #text = "";

  constructor(columns: number | undefined) {
    super({ decodeStrings: false });
    this.isTTY = columns !== undefined;
    this.columns = columns ?? 0;
  }

  get text(): string {
    return this.#text;
  }

  override _write(chunk: unknown, _encoding: string, done: () => void): void {
    this.#text += String(chunk);
    done();
  }
}

/** A terminal in memory: for running verbs inside a test and reading what they said. */
export class MemoryTerminal implements Terminal {
  readonly stdin: Readable;
  readonly environment: Record<string, string>;
  readonly #stdout: KeptOutput;
  readonly #stderr: KeptOutput;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly #interruption = new AbortController();

  /** `columns`: the width of a terminal, at which `stdin` is typed; without it, all of them are pipes. */
  constructor(
    options: { stdin?: string; environment?: Record<string, string>; columns?: number } = {},
  ) {
    const typed = options.stdin === undefined ? [] : [Buffer.from(options.stdin)];
    this.stdin = Object.assign(Readable.from(typed), { isTTY: options.columns !== undefined });
    this.environment = options.environment ?? {};
    this.#stdout = new KeptOutput(options.columns);
    this.#stderr = new KeptOutput(options.columns);
    this.stdout = new Output(this.#stdout);
    this.stderr = new Output(this.#stderr);
  }

  /** What was printed. */
  get out(): string {
    return this.#stdout.text;
  }

  /** What was printed to standard error. */
  get err(): string {
    return this.#stderr.text;
  }

  /** As a person who presses Ctrl-C. */
  interrupt(): void {
    this.#interruption.abort();
  }

  watchInterruption() {
    return { signal: this.#interruption.signal, [Symbol.dispose]: () => undefined };
  }
}
