import fs from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { lock as takeLockfile } from "proper-lockfile";

import { LockedError } from "../errors.ts";

import { codeOf, lockedBy } from "./lock-errors.ts";
import { currentHolder, type LockHolder, onSameMachine } from "./lock-holder.ts";

const lockfileSuffix = ".lock";

/** How often a lockfile that another holds is looked at again. */
const pollMs = 100;

/** The lockfile of a directory, in the hands of the one who has the kernel's lock. Throws errors of Node. */
export class Lockfile {
  readonly #directory: string;
  /** Canonical, so that every way to the directory leads to one lockfile. */
  readonly #lockPath: string;
  readonly #path: string;
  readonly #staleMs: number;
  readonly #onCompromised: (error: Error) => void;
  #remove: (() => Promise<void>) | undefined;

  /** `lockPath` is the file beside which the lockfile stands, and exists. */
  constructor(
    directory: string,
    lockPath: string,
    staleMs: number,
    onCompromised: (error: Error) => void,
  ) {
    this.#directory = directory;
    this.#lockPath = fs.realpathSync(lockPath);
    this.#path = this.#lockPath + lockfileSuffix;
    this.#staleMs = staleMs;
    this.#onCompromised = onCompromised;
  }

  /**
   * Tells one lockfile from any other, before or after it, by inode and time of birth. So a
   * lockfile that some other machine has made since is never taken for that of a dead holder here.
   */
  identity(): string | undefined {
    const stats = fs.statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? undefined : `${stats.ino}:${stats.birthtimeNs}`;
  }

  /**
   * We have the kernel's lock, so that whoever had it before on this machine has not: if the
   * lockfile is still theirs, they died with it, however fresh it looks.
   */
  removeIfLeftBy(holder: LockHolder): void {
    const identity = this.identity();
    if (identity === undefined || identity !== holder.lockfile) return;
    if (!onSameMachine(holder, currentHolder(identity))) return;
    this.#removeDead();
  }

  /** Takes the lockfile, as soon as it is free or its holder shows no life for `staleMs`. */
  async take(holder: LockHolder | undefined): Promise<void> {
    const firstTouch = this.#touchedAt();
    // By the monotonic clock. The lockfile's age depends on the wall clock, which may have jumped.
    const deadline = performance.now() + this.#staleMs;
    while (!(await this.#tryTake())) {
      const touch = this.#touchedAt();
      if (touch !== undefined && touch !== firstTouch) throw lockedBy(this.#directory, holder);
      if (performance.now() >= deadline) this.#removeDead();
      else await sleep(pollMs);
    }
  }

  /** Removes the lockfile, unless it is no longer ours. */
  async release(): Promise<void> {
    const remove = this.#remove;
    this.#remove = undefined;
    await remove?.();
  }

  async #tryTake(): Promise<boolean> {
    try {
      this.#remove = await takeLockfile(this.#lockPath, {
        realpath: false,
        stale: this.#staleMs,
        onCompromised: (error) => this.#compromised(error),
      });
      return true;
    } catch (error) {
      if (codeOf(error) === "ELOCKED") return false;
      throw error;
    }
  }

  #compromised(cause: Error): void {
    // A touch that was under way while we released finds no lockfile: that is as it should be.
    if (this.#remove === undefined) return;
    this.#remove = undefined;
    this.#onCompromised(
      new LockedError(
        `the lock of ${this.#directory} was taken over or removed (${this.#path}): another ` +
          "process may be writing there. Stop this one, and see who the other is",
        { cause },
      ),
    );
  }

  #touchedAt(): bigint | undefined {
    return fs.statSync(this.#path, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
  }

  #removeDead(): void {
    try {
      fs.rmdirSync(this.#path);
    } catch (error) {
      if (codeOf(error) !== "ENOENT") throw error;
    }
  }
}
