import type * as KernelLocks from "fs-native-extensions";

import { codeOf, LockUnavailableError } from "./lock-errors.ts";

/**
 * Takes the kernel's exclusive lock on an open file, for as long as `descriptor` is open: an open
 * file description lock on Linux, flock on macOS. It ends with the process, however that ends, and
 * lasts while the process is only stopped. False where another descriptor has it.
 */
export async function tryKernelLock(descriptor: number, directory: string): Promise<boolean> {
  const { tryLock } = await loadKernelLock(directory);
  try {
    return tryLock(descriptor);
  } catch (error) {
    throw kernelLockFailure(error, directory);
  }
}

/**
 * Loaded when needed and not with the engine, which can be used without where it has no binary for
 * the system: on a file system in memory, or with a locker of the caller's own.
 */
async function loadKernelLock(directory: string): Promise<typeof KernelLocks> {
  try {
    return await import("fs-native-extensions");
  } catch (error) {
    throw missingKernelLock(error, directory);
  }
}

/** What to tell when the native code did not load. */
export function missingKernelLock(error: unknown, directory: string): LockUnavailableError {
  return new LockUnavailableError(
    directory,
    "the native part of the package fs-native-extensions does not load on " +
      `${process.platform}-${process.arch}. Install the packages anew on this very system; where ` +
      "that does not help, it has no binary for it (as for Alpine Linux): use one that it has",
    { cause: error },
  );
}

/** What to tell when the kernel did not lock, and not because another has the lock. */
export function kernelLockFailure(error: unknown, directory: string): LockUnavailableError {
  const said = error instanceof Error ? error.message : String(error);
  const reason = noLocksHere.has(codeOf(error) ?? "")
    ? "its file system has no file locks. Put the data on a local disk, or, on NFS, mount it with " +
      "locking (NFSv4, or NFSv3 with lockd and without `nolock`)"
    : `the kernel's file lock failed: ${said}`;
  return new LockUnavailableError(directory, reason, { cause: error });
}

const noLocksHere: ReadonlySet<string> = new Set([
  "ENOLCK",
  "ENOSYS",
  "ENOTSUP",
  "EOPNOTSUPP",
  "EINVAL",
]);
