import type { ExitCodeName } from "./exit-code.ts";

/** Something that the command line itself finds wrong, and how the process is to end for it. */
export class CommandError extends Error {
  readonly exit: ExitCodeName;

  constructor(exit: ExitCodeName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "CommandError";
    this.exit = exit;
  }
}
