import { EngineError, LockedError } from "../errors.ts";

import { currentHolder, describeHolder, type LockHolder } from "./lock-holder.ts";

/** The directory cannot be locked at all, so that nothing would keep a second process out. */
export class LockUnavailableError extends EngineError {
  constructor(directory: string, reason: string, options?: ErrorOptions) {
    super("LOCK_UNAVAILABLE", `cannot lock ${directory}: ${reason}`, options);
  }

  /** What to tell when a file system call failed on the way to the lock. */
  static because(directory: string, error: unknown): LockUnavailableError {
    const said = error instanceof Error ? error.message : String(error);
    const reason = reasons[codeOf(error) ?? ""];
    return new LockUnavailableError(
      directory,
      reason === undefined ? said : `${reason} (${said})`,
      {
        cause: error,
      },
    );
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist. Create it first",
  ENOTDIR: "it is not a directory. Name a directory",
  EISDIR: '"LOCK" in it is a directory, not our file. Use another directory',
  ENOTEMPTY: '"LOCK.lock" in it is not empty, so not ours. Look what it is',
  EACCES: "this user may not write there. Correct its owner or permissions",
  EPERM: "this user may not write there. Correct its owner or permissions",
  EROFS: "its file system is mounted read-only. Mount it for writing",
  ENOSPC: "the disk is full. Free some space",
  EDQUOT: "this user's quota of disk space is used up. Free some space",
};

/** Another holds the directory. */
export function lockedBy(directory: string, holder: LockHolder | undefined): LockedError {
  return new LockedError(
    `${directory} is in use by ${describeHolder(holder, currentHolder(""))}: ` +
      "stop that one first, or use another directory",
  );
}

/** The code of an error of Node or of the kernel, if it has one. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
