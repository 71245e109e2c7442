import fs from "node:fs";
import { join } from "node:path";

import { EngineError } from "../errors.ts";

import type { DirectoryLock } from "./directory-locker.ts";
import { tryKernelLock } from "./kernel-lock.ts";
import { lockedBy, LockUnavailableError } from "./lock-errors.ts";
import { currentHolder, formatHolder, type LockHolder, parseHolder } from "./lock-holder.ts";
import { Lockfile } from "./lockfile.ts";

/*
 * One process per directory, by two locks:
 *
 *   LOCK        a file; its holder has the kernel's lock on it, and its first line says who that is
 *   LOCK.lock   the lockfile: a directory that its holder made, and touches every few seconds
 *
 * The kernel's lock is exact among all processes of a machine, but a file system shared between
 * machines may keep it to each of them. The lockfile is seen by all, but it tells a dead holder from
 * a live one by its age alone, and two that find it old at the same moment may both take it over.
 * The kernel's lock is taken first, so that on one machine only its holder ever looks at the lockfile.
 *
 * Both names are persisted: every version must use them. The second is made of the first by
 * `Lockfile`, as proper-lockfile does.
 */
const lockFileName = "LOCK";

const defaultStaleMs = 10_000;

export interface DirectoryLockOptions {
  /**
   * After how long without a touch a lockfile is that of a dead holder. Matters only for a holder
   * on another machine, or from before a restart of this one. Default: 10,000 ms; at least 2,000.
   */
  readonly staleMs?: number;
}

/**
 * Takes both locks of an existing directory.
 *
 * After a holder was killed on this machine the next one gets in at once. A directory whose holder
 * died on another machine is free once its lockfile went untouched for `staleMs`; until then, this
 * waits. Where the holder lives, throws LockedError: on this machine at once, on another one as
 * soon as it touches its lockfile.
 *
 * `onCompromised` is called when the lockfile was removed or taken over by somebody: the directory
 * may have another writer, so stop using it at once. The kernel's lock is kept until `release`.
 *
 * Throws LockUnavailableError where the directory cannot be locked at all.
 */
export async function acquireDirectoryLock(
  directory: string,
  onCompromised: (error: Error) => void,
  options: DirectoryLockOptions = {},
): Promise<DirectoryLock> {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(
      join(directory, lockFileName),
      fs.constants.O_RDWR | fs.constants.O_CREAT,
    );
    const granted = await tryKernelLock(descriptor, directory);
    const holder = readHolder(descriptor);
    if (!granted) throw lockedBy(directory, holder);
    const lockfile = new Lockfile(
      directory,
      join(directory, lockFileName),
      options.staleMs ?? defaultStaleMs,
      onCompromised,
    );
    if (holder !== undefined) lockfile.removeIfLeftBy(holder);
    await lockfile.take(holder);
    try {
      writeHolder(descriptor, lockfile);
    } catch (error) {
      await lockfile.release();
      throw error;
    }
    return new HeldDirectoryLock(descriptor, lockfile);
  } catch (error) {
    if (descriptor !== undefined) fs.closeSync(descriptor);
    throw error instanceof EngineError ? error : LockUnavailableError.because(directory, error);
  }
}

class HeldDirectoryLock implements DirectoryLock {
  readonly #descriptor: number;
  readonly #lockfile: Lockfile;
  #released: Promise<void> | undefined;

  constructor(descriptor: number, lockfile: Lockfile) {
    this.#descriptor = descriptor;
    this.#lockfile = lockfile;
  }

  release(): Promise<void> {
    this.#released ??= this.#release();
    return this.#released;
  }

  /** The kernel's lock goes last, so that nobody here takes a lockfile that is being removed. */
  async #release(): Promise<void> {
    try {
      await this.#lockfile.release();
      // LOCK itself stays: were it removed, one process could lock the file of that name while
      // another still holds the one that had it before.
      fs.ftruncateSync(this.#descriptor, 0);
    } finally {
      fs.closeSync(this.#descriptor);
    }
  }
}

function readHolder(descriptor: number): LockHolder | undefined {
  const target = Buffer.alloc(4096);
  const length = fs.readSync(descriptor, target, 0, target.byteLength, 0);
  return parseHolder(target.toString("utf8", 0, length));
}

function writeHolder(descriptor: number, lockfile: Lockfile): void {
  const line = Buffer.from(formatHolder(currentHolder(lockfile.identity() ?? "")));
  // In place and cut afterwards, so that a refused process can always read one whole line.
  fs.writeFileSync(descriptor, line);
  fs.ftruncateSync(descriptor, line.byteLength);
}
