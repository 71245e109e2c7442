import { readFileSync, statSync } from "node:fs";

import { systemReason } from "../config/system-reason.ts";

import { AccessFileError } from "./access-file-error.ts";

/** A file that says who is let in. */
export interface AccessFile {
  readonly text: string;
  /** Whether every user of the machine may read it. */
  readonly isWorldReadable: boolean;
}

const othersMayWrite = 0o002;
const othersMayRead = 0o004;

/**
 * Reads a file that says who is let in.
 *
 * @param what what it is to hold, as in "the tokens file"
 * @throws AccessFileError where it cannot be read, or everybody on the machine may write to it: who
 * can do that lets himself in.
 */
export function readAccessFile(what: string, path: string): AccessFile {
  try {
    const { mode } = statSync(path);
    if ((mode & othersMayWrite) !== 0) {
      throw new AccessFileError(
        `${what} ${path} can be changed by every user of this machine: chmod 600 it, and see that ` +
          "its content is yours",
      );
    }
    return { text: readFileSync(path, "utf8"), isWorldReadable: (mode & othersMayRead) !== 0 };
  } catch (cause) {
    if (cause instanceof AccessFileError) throw cause;
    const message = `${what} ${path} cannot be read: ${systemReason(cause)}`;
    throw new AccessFileError(message, { cause });
  }
}
