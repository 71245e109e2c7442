import type { Clock } from "../clock.ts";
import type { Output } from "../output.ts";

/** A report that is drawn again and again. */
export interface RepeatedReport {
  /** Makes the text of one drawing, without its end of line. Never rejects. */
  readonly draw: () => Promise<string>;
  readonly everyMs: number;
  /** Ends it. */
  readonly signal: AbortSignal;
}

// "To the top left", "erase the rest of the line", "erase what is below".
const home = "\u001b[H";
const eraseLine = "\u001b[K";
const eraseBelow = "\u001b[J";

/** Draws a report until it is told to end: on a terminal over the one before, else below it. */
export async function repeatReport(
  output: Output,
  clock: Clock,
  { draw, everyMs, signal }: RepeatedReport,
): Promise<void> {
  for (let isFirst = true; !signal.aborted; isFirst = false) {
    const text = await draw();
    if (output.isTerminal) {
      const lines = text.split("\n").map((line) => `${line}${eraseLine}\n`);
      await output.write(`${home}${isFirst ? eraseBelow : ""}${lines.join("")}${eraseBelow}`);
    } else await output.write(`${text}\n`);
    // It ends early when the signal comes, which is looked at next.
    await clock.wait(everyMs, signal).catch(() => undefined);
  }
}
