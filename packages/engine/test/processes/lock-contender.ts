/**
 * A process that takes and releases the lock of a directory as it is told, for the tests of the
 * lock. Arguments: the directory, and after how many milliseconds a lockfile is stale. Each message
 * is a command, each answer a word, maybe with details behind it:
 *
 *   acquire      held | refused <code> <message> | collided
 *   release      released
 *   contend <n>  contended <how many collisions>, once it held the lock n times
 *   (itself)     compromised
 *
 * Whoever holds the lock must be alone. To show it, the holder creates a file that must not exist.
 */
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";

import { EngineError, LockedError } from "../../src/errors.ts";
import { acquireDirectoryLock } from "../../src/lock/directory-lock.ts";
import type { DirectoryLock } from "../../src/lock/directory-locker.ts";

const [directory = "", staleMs = ""] = process.argv.slice(2);
const aloneFile = join(directory, "alone");

const answer = (word: string): void => {
  process.send?.(word);
};

const acquire = (): Promise<DirectoryLock> =>
  acquireDirectoryLock(directory, () => answer("compromised"), { staleMs: Number(staleMs) });

function isAlone(): boolean {
  try {
    writeFileSync(aloneFile, `${process.pid}`, { flag: "wx" });
    return true;
  } catch {
    return false;
  }
}

let held: DirectoryLock | undefined;

async function tryOnce(): Promise<string> {
  try {
    held = await acquire();
    return isAlone() ? "held" : "collided";
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return `refused ${error.code} ${error.message}`;
  }
}

async function release(): Promise<string> {
  rmSync(aloneFile);
  await held?.release();
  held = undefined;
  return "released";
}

async function contend(rounds: number): Promise<string> {
  let collisions = 0;
  for (let round = 0; round < rounds;) {
    try {
      const lock = await acquire();
      if (!isAlone()) collisions += 1;
      await nextTurn();
      rmSync(aloneFile, { force: true });
      await lock.release();
      round += 1;
    } catch (error) {
      if (!(error instanceof LockedError)) throw error;
      await nextTurn();
    }
  }
  return `contended ${collisions}`;
}

async function obey(command: string): Promise<void> {
  const [verb, argument] = command.split(" ");
  if (verb === "acquire") answer(await tryOnce());
  else if (verb === "release") answer(await release());
  else if (verb === "contend") answer(await contend(Number(argument)));
  else throw new Error(`unknown command "${command}"`);
}

process.on("message", (message) => {
  if (typeof message !== "string") throw new TypeError("a command is a string");
  void obey(message);
});
// Never outlive the test.
process.on("disconnect", () => process.exit());
