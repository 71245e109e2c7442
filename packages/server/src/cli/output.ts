import type { Writable } from "node:stream";
import { styleText } from "node:util";

/** The reader of our output has gone, as `head` does when it has seen enough. Not a failure. */
export class OutputClosedError extends Error {
  constructor() {
    super("the output was closed by its reader");
    this.name = "OutputClosedError";
  }
}

/** A stream that may be a terminal, as `process.stdout` and `process.stderr` are. */
export type OutputStream = Writable & {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
};

const hasCode = (error: Error, code: string): boolean => "code" in error && error.code === code;

/**
 * Standard output or standard error. `write` resolves when the stream can take more, so that a slow
 * reader slows the writer and memory stays bounded. Rejects with `OutputClosedError` once the
 * reader has gone.
 */
export class Output {
  readonly stream: OutputStream;
  #failure: Error | undefined;
  /** Wakes the writer that waits for room, when there is room or when there never will be. */
  #wake: (() => void) | undefined;

  constructor(stream: OutputStream) {
    this.stream = stream;
    stream.on("error", (error: Error) => {
      this.#failure = hasCode(error, "EPIPE") ? new OutputClosedError() : error;
      this.#wake?.();
    });
    stream.on("drain", () => this.#wake?.());
  }

  get isTerminal(): boolean {
    return this.stream.isTTY === true;
  }

  /** The width of the terminal in columns; undefined where the output is not a terminal. */
  get width(): number | undefined {
    return this.isTerminal ? (this.stream.columns ?? 80) : undefined;
  }

  /** The text in a style, where this is a terminal that shows styles and `NO_COLOR` is not set. */
  styled(style: Parameters<typeof styleText>[0], text: string): string {
    return styleText(style, text, { stream: this.stream });
  }

  async write(data: string | Uint8Array): Promise<void> {
    this.#throwIfFailed();
    if (this.stream.write(data)) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
    });
    this.#wake = undefined;
    this.#throwIfFailed();
  }

  async line(text: string): Promise<void> {
    await this.write(`${text}\n`);
  }

  #throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }
}
