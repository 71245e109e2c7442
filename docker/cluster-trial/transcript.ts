/** Writes a line for each step: its name when it begins, what it saw and how long it took at its end. */
export class Transcript {
  readonly #output: NodeJS.WritableStream;

  constructor(output: NodeJS.WritableStream) {
    this.#output = output;
  }

  /** A line about something that took no time and can only be told. */
  note(name: string, text: string): void {
    this.#begin(name);
    this.#end("", "", text);
  }

  /** Performs a step. False where it failed: its line says why. */
  async step(name: string, perform: () => Promise<string>): Promise<boolean> {
    this.#begin(name);
    const startedMs = performance.now();
    const duration = (): string => `${((performance.now() - startedMs) / 1000).toFixed(1)} s`;
    try {
      const seen = await perform();
      this.#end("ok", duration(), seen);
      return true;
    } catch (error) {
      this.#end("FAIL", duration(), reasonOf(error));
      return false;
    }
  }

  #begin(name: string): void {
    this.#output.write(name.padEnd(26));
  }

  #end(verdict: string, duration: string, text: string): void {
    this.#output.write(`${verdict.padEnd(5)}${duration.padStart(7)}  ${text}\n`);
  }
}

/** What is aborted tells only that it was; the cause tells by whom. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.name === "AbortError" && error.cause instanceof Error
    ? error.cause.message
    : error.message;
};
