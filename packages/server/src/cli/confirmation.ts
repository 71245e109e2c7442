import { createInterface } from "node:readline";

import { CommandError } from "./command-error.ts";
import { canAsk, type Terminal } from "./terminal.ts";

/** What a person is asked before something is done that cannot be undone. */
export interface Confirmation {
  /** What is about to be done, as in "drop database shop". */
  readonly act: string;
  /** Whether it was given beforehand, by `--yes`. */
  readonly given: boolean;
}

/**
 * Resolves when a person agrees, or has agreed beforehand. Throws CommandError where nobody can be asked,
 * or where the answer is anything but yes; then nothing must be changed.
 */
export const confirm = async ({ act, given }: Confirmation, terminal: Terminal): Promise<void> => {
  if (given) return;
  if (!canAsk(terminal)) {
    throw new CommandError(
      "usage",
      `to ${act} wants a confirmation, and there is no terminal to ask at: add --yes to do it`,
    );
  }
  terminal.stderr.stream.write(`${terminal.stderr.styled("bold", `${act}?`)} [y/N] `);
  const answer = (await nextLine(terminal)).trim().toLowerCase();
  if (!["y", "yes"].includes(answer)) {
    throw new CommandError("failed", `did not ${act}: nothing was changed`);
  }
};

/** What is typed up to Enter; nothing at the end of the input. */
const nextLine = async ({ stdin }: Terminal): Promise<string> => {
  // Not as a terminal of readline's own, so that Ctrl-C ends the process as it always does.
  const lines = createInterface({ input: stdin, terminal: false });
  try {
    for await (const line of lines) return line;
    return "";
  } finally {
    lines.close();
  }
};
