import { expect, test } from "vitest";

import { ServerError, UnreachableError } from "./client/errors.ts";
import type { Clock } from "./clock.ts";
import { retryDelayMs, retrying, type RetryPolicy } from "./retry.ts";

/** A clock that goes on by itself when somebody waits. */
class SteppingClock implements Clock {
  readonly waits: number[] = [];
  #now = 0;

  now(): number {
    return this.#now;
  }

  wait(durationMs: number): Promise<void> {
    this.waits.push(durationMs);
    this.#now += durationMs;
    return Promise.resolve();
  }
}

const away = new UnreachableError("http://a", "away");
const busy = (retryAfterMs?: number): ServerError =>
  new ServerError({
    status: 503,
    code: "no_leader",
    message: "busy",
    url: "http://a",
    retryAfterMs,
  });
const refused = new ServerError({ status: 400, code: "bad", message: "bad", url: "http://a" });

const policy = (clock: Clock, forMs: number, failures: unknown[] = []): RetryPolicy => ({
  forMs,
  clock,
  signal: new AbortController().signal,
  failed: (error) => failures.push(error),
});

/** Fails with each of the errors in turn, then succeeds. */
const failingWith = (errors: unknown[]): (() => Promise<string>) => {
  const left = [...errors];
  return async () => {
    const error = left.shift();
    if (error !== undefined) throw error;
    return Promise.resolve("done");
  };
};

test("waits longer each time, up to two seconds, or as long as the server asks", () => {
  expect([1, 2, 3, 4, 5, 6, 7].map((attempt) => retryDelayMs(attempt, undefined))).toEqual([
    100, 200, 400, 800, 1600, 2000, 2000,
  ]);
  expect(retryDelayMs(1, 5000)).toBe(5000);
});

test("repeats what may pass until it succeeds, and tells each failure", async () => {
  const clock = new SteppingClock();
  const failures: unknown[] = [];
  const act = failingWith([away, busy(1000), away]);
  await expect(retrying(policy(clock, 30_000, failures), act)).resolves.toBe("done");
  expect(clock.waits).toEqual([100, 1000, 400]);
  expect(failures).toHaveLength(3);
});

test("gives up when the time is over, with the last failure", async () => {
  const clock = new SteppingClock();
  const act = failingWith([away, away, busy(), away]);
  await expect(retrying(policy(clock, 300), act)).rejects.toThrow("busy");
  expect(clock.waits).toEqual([100, 200]);
});

test("does not repeat what stays, nor anything without time for it", async () => {
  const clock = new SteppingClock();
  await expect(retrying(policy(clock, 30_000), failingWith([refused]))).rejects.toBe(refused);
  await expect(retrying(policy(clock, 0), failingWith([away]))).rejects.toBe(away);
  expect(clock.waits).toEqual([]);
});

test("a signal ends the waiting", async () => {
  const controller = new AbortController();
  const clock: Clock = {
    now: () => 0,
    wait: () => {
      controller.abort();
      return Promise.reject(new Error("aborted"));
    },
  };
  const waiting = { ...policy(clock, 30_000), signal: controller.signal };
  await expect(retrying(waiting, failingWith([away]))).rejects.toBe(away);
});
