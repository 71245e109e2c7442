import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import {
  mkdir,
  mkdtemp,
  readFile,
  realpath,
  rm,
  rmdir,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { LockedError } from "../errors.ts";

import { acquireDirectoryLock } from "./directory-lock.ts";
import { currentHolder, formatHolder, type LockHolder } from "./lock-holder.ts";

/** How often the contenders meet. 200 in a longer run, 10,000 before a release. */
const rounds = Number(process.env["BOXERDB_LOCK_ROUNDS"] ?? 25);
const contenderCount = 4;
/** No test can wait that long: what passes with it did not wait for a lockfile to get old. */
const neverStaleMs = 3_600_000;
const shortestStaleMs = 2_000;

const contenderScript = fileURLToPath(
  new URL("../../test/processes/lock-contender.ts", import.meta.url),
);

/** A child process that takes the lock as it is told. */
class Contender {
  readonly #child: ChildProcess;

  constructor(directory: string, staleMs: number) {
    this.#child = fork(contenderScript, [directory, String(staleMs)], {
      execArgv: ["--conditions=source"],
    });
  }

  get pid(): number {
    return this.#child.pid ?? expect.fail("the contender did not start");
  }

  async tell(command: string): Promise<string> {
    const ended = new AbortController();
    const onExit = (): void => ended.abort(new Error(`the contender ended at "${command}"`));
    this.#child.once("exit", onExit);
    try {
      const answer = once(this.#child, "message", { signal: ended.signal });
      this.#child.send(command);
      const [word] = await answer;
      return String(word);
    } finally {
      this.#child.off("exit", onExit);
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }
}

let directory: string;
let contenders: Contender[];
const compromises: Error[] = [];

const onCompromised = (error: Error): void => {
  compromises.push(error);
};

function startContender(staleMs = neverStaleMs): Contender {
  const contender = new Contender(directory, staleMs);
  contenders.push(contender);
  return contender;
}

const lockfilePath = (): string => join(directory, "LOCK.lock");

/** What a holder leaves that was killed on another machine. */
async function leaveForeignLock(touchedAt: Date): Promise<LockHolder> {
  await mkdir(lockfilePath());
  await utimes(lockfilePath(), touchedAt, touchedAt);
  const { ino, birthtimeNs } = await stat(lockfilePath(), { bigint: true });
  const holder = {
    ...currentHolder(`${ino}:${birthtimeNs}`),
    bootId: "another",
    hostName: "far-away",
  };
  await writeFile(join(directory, "LOCK"), formatHolder(holder));
  return holder;
}

beforeEach(async () => {
  directory = await realpath(await mkdtemp(join(tmpdir(), "boxerdb-lock-")));
  contenders = [];
  compromises.length = 0;
});
afterEach(async () => {
  await Promise.all(contenders.map((contender) => contender.kill()));
  await rm(directory, { recursive: true });
  expect(compromises).toEqual([]);
});

describe("acquireDirectoryLock", () => {
  it("refuses a second holder in the same process, by any path, until the first releases", async () => {
    const first = await acquireDirectoryLock(directory, onCompromised);
    await symlink(directory, join(directory, "link"));
    for (const path of [directory, `${directory}/.`, join(directory, "link")]) {
      const second = acquireDirectoryLock(path, onCompromised);
      await expect(second).rejects.toThrow(LockedError);
      await expect(second).rejects.toThrow(/in use by this very process/);
    }
    await first.release();
    await first.release();
    const third = await acquireDirectoryLock(directory, onCompromised);
    await first.release();
    await expect(acquireDirectoryLock(directory, onCompromised)).rejects.toThrow(LockedError);
    await third.release();
  });

  it("says in LOCK who holds it, and leaves no name and no lockfile behind", async () => {
    const lock = await acquireDirectoryLock(directory, onCompromised);
    const { ino, birthtimeNs } = await stat(lockfilePath(), { bigint: true });
    const line = await readFile(join(directory, "LOCK"), "utf8");
    expect(line).toBe(formatHolder(currentHolder(`${ino}:${birthtimeNs}`)));
    await lock.release();
    expect(await readFile(join(directory, "LOCK"), "utf8")).toBe("");
    await expect(stat(lockfilePath())).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("names the process that holds it", async () => {
    const holder = startContender();
    expect(await holder.tell("acquire")).toBe("held");
    const refusal = acquireDirectoryLock(directory, onCompromised);
    await expect(refusal).rejects.toMatchObject({ code: "LOCKED" });
    await expect(refusal).rejects.toThrow(`process ${holder.pid} on `);
    expect(await holder.tell("release")).toBe("released");
    await (await acquireDirectoryLock(directory, onCompromised)).release();
  });

  it("lets the next one in at once after the holder was killed", async () => {
    for (let round = 0; round < 3; round += 1) {
      const holder = startContender();
      expect(await holder.tell("acquire")).toBe("held");
      await holder.kill();
      await stat(lockfilePath());
      const next = await acquireDirectoryLock(directory, onCompromised, {
        staleMs: neverStaleMs,
      });
      await next.release();
      await rm(join(directory, "alone"));
    }
  });

  it("never takes it from a holder that is only stopped, however old its lockfile looks", async () => {
    const holder = startContender(shortestStaleMs);
    const options = { staleMs: shortestStaleMs };
    expect(await holder.tell("acquire")).toBe("held");

    holder.signal("SIGSTOP");
    await expect(acquireDirectoryLock(directory, onCompromised, options)).rejects.toThrow(
      LockedError,
    );
    holder.signal("SIGCONT");
    expect(await holder.tell("release")).toBe("released");
    expect(await holder.tell("acquire")).toBe("held");

    holder.signal("SIGSTOP");
    await utimes(lockfilePath(), 0, 0);
    await expect(acquireDirectoryLock(directory, onCompromised, options)).rejects.toThrow(
      LockedError,
    );
    await holder.kill();
    await (await acquireDirectoryLock(directory, onCompromised, options)).release();
  });

  it("takes over from a dead holder on another machine once its lockfile is old", async () => {
    await leaveForeignLock(new Date(Date.now() - 60_000));
    await (await acquireDirectoryLock(directory, onCompromised)).release();
  });

  it.each([
    ["just now", 0],
    ["in the future, as after a jump of the clock", 3_600_000],
  ])("waits for a sign of life where a foreign lockfile was touched %s", async (_, aheadMs) => {
    await leaveForeignLock(new Date(Date.now() + aheadMs));
    const startedAt = performance.now();
    const lock = await acquireDirectoryLock(directory, onCompromised, {
      staleMs: shortestStaleMs,
    });
    // proper-lockfile looks at its age by the wall clock, and in whole milliseconds.
    expect(performance.now() - startedAt).toBeGreaterThan(shortestStaleMs - 50);
    await lock.release();
  });

  it("refuses as soon as a foreign holder shows a sign of life, and names it", async () => {
    await leaveForeignLock(new Date());
    const touching = setInterval(() => {
      utimes(lockfilePath(), new Date(), new Date()).catch(onCompromised);
    }, 50);
    try {
      const refusal = acquireDirectoryLock(directory, onCompromised, { staleMs: neverStaleMs });
      await expect(refusal).rejects.toThrow(/in use by process \d+ on far-away/);
    } finally {
      clearInterval(touching);
    }
    // The kernel's lock was given back.
    await utimes(lockfilePath(), 0, 0);
    await (await acquireDirectoryLock(directory, onCompromised)).release();
  });

  it("waits, too, for a lockfile that its dead holder on this machine did not make", async () => {
    const holder = startContender();
    expect(await holder.tell("acquire")).toBe("held");
    await holder.kill();
    await rmdir(lockfilePath());
    await mkdir(lockfilePath());
    const startedAt = performance.now();
    const lock = await acquireDirectoryLock(directory, onCompromised, {
      staleMs: shortestStaleMs,
    });
    expect(performance.now() - startedAt).toBeGreaterThan(shortestStaleMs - 50);
    await lock.release();
  });

  it("tells its holder when the lockfile goes, and keeps the kernel's lock until it releases", async () => {
    const { promise, resolve } = Promise.withResolvers<Error>();
    const lock = await acquireDirectoryLock(directory, resolve, { staleMs: shortestStaleMs });
    await rmdir(lockfilePath());
    const error = await promise;
    expect(error).toBeInstanceOf(LockedError);
    expect(error.message).toMatch(/taken over or removed.*Stop this one/);
    await expect(acquireDirectoryLock(directory, onCompromised)).rejects.toThrow(LockedError);
    await mkdir(lockfilePath());
    await lock.release();
    // The lockfile of another is not ours to remove.
    await rmdir(lockfilePath());
  });

  it("says what is wrong with a directory that it cannot lock", async () => {
    const acquire = (path: string) => acquireDirectoryLock(join(directory, path), onCompromised);
    const unavailable = { code: "LOCK_UNAVAILABLE" };
    await expect(acquire("missing")).rejects.toMatchObject(unavailable);
    await expect(acquire("missing")).rejects.toThrow(/does not exist. Create it first/);
    await writeFile(join(directory, "file"), "");
    await expect(acquire("file")).rejects.toThrow(/not a directory/);
    await mkdir(join(directory, "odd/LOCK"), { recursive: true });
    await expect(acquire("odd")).rejects.toThrow(/"LOCK" in it is a directory/);
    await mkdir(join(directory, "full/LOCK.lock/something"), { recursive: true });
    await utimes(join(directory, "full/LOCK.lock"), 0, 0);
    await expect(acquire("full")).rejects.toThrow(/"LOCK.lock" in it is not empty/);
  });

  // Nobody may create a file there, not even root.
  it.runIf(process.platform === "linux")("says that a directory cannot be written", async () => {
    await expect(acquireDirectoryLock("/sys", onCompromised)).rejects.toThrow(
      /cannot lock \/sys: (this user may not write there|its file system is mounted read-only)/,
    );
  });
});

describe(`${contenderCount} processes that want the same directory`, () => {
  it(`get in one at a time, ${rounds} times each`, { timeout: 60_000 + rounds * 100 }, async () => {
    for (let i = 0; i < contenderCount; i += 1) startContender();
    const answers = await Promise.all(
      contenders.map((contender) => contender.tell(`contend ${rounds}`)),
    );
    expect(answers).toEqual(Array(contenderCount).fill("contended 0"));
  });

  it(
    `let exactly one in, ${rounds} times, whatever the last holder left`,
    { timeout: 60_000 + rounds * 500 },
    async () => {
      for (let i = 0; i < contenderCount; i += 1) startContender();
      for (let round = 0; round < rounds; round += 1) {
        const answers = await Promise.all(contenders.map((contender) => contender.tell("acquire")));
        const refused = answers.filter((answer) => answer.startsWith("refused LOCKED "));
        expect([answers.filter((answer) => answer === "held").length, refused.length]).toEqual([
          1,
          contenderCount - 1,
        ]);
        const winner = contenders[answers.indexOf("held")] ?? expect.fail("nobody got in");
        if (round % 3 === 0) {
          // A lockfile that looks fresh, of a holder that is dead.
          await winner.kill();
          contenders.splice(contenders.indexOf(winner), 1);
          await rm(join(directory, "alone"));
          startContender();
        } else {
          expect(await winner.tell("release")).toBe("released");
          // An old lockfile of nobody known: here proper-lockfile alone lets several in.
          if (round % 3 === 1) {
            await mkdir(lockfilePath());
            await utimes(lockfilePath(), 0, 0);
          }
        }
      }
    },
  );
});
