import { resolve } from "node:path";

import { LockedError } from "../errors.ts";

/** The right of this process, and of one holder in it, to use a directory. */
export interface DirectoryLock {
  /** Gives the directory free. A second call waits for the first. */
  release(): Promise<void>;
}

/**
 * Takes the lock of a directory, which must exist. Throws LockedError where another holds it.
 * `onCompromised` is called at most once, when the lock may have gone to another holder all the
 * same: stop using the directory at once.
 */
export type DirectoryLocker = (
  directory: string,
  onCompromised: (error: Error) => void,
) => Promise<DirectoryLock>;

/** A locker for file systems that no other process can see, as those in memory. */
export function processLocalLocker(): DirectoryLocker {
  const held = new Set<string>();
  return async (directory) => {
    const path = resolve("/", directory);
    if (held.has(path)) {
      throw new LockedError(`${directory} is in use in this process: close the store there first`);
    }
    held.add(path);
    let released = false;
    return {
      async release() {
        // The next holder's lock is not ours to give free.
        if (!released) held.delete(path);
        released = true;
      },
    };
  };
}
