import { expect, test } from "vitest";

import { ManualClock } from "../test/cluster/manual-clock.ts";

import { CommitTimeouts } from "./commit-timeouts.ts";
import { CommitTimeoutError } from "./errors.ts";

/** What has become of a write so far. */
function followed<Result>(write: Promise<Result>): { outcome: unknown } {
  const seen: { outcome: unknown } = { outcome: "waiting" };
  write.then(
    (result) => (seen.outcome = result),
    (error: unknown) => (seen.outcome = error),
  );
  return seen;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const never = new Promise<never>(() => {});

test("each write is late after its own time, however many wait", async () => {
  const clock = new ManualClock();
  const timeouts = new CommitTimeouts(100, clock);
  const first = followed(timeouts.bound(never));
  clock.advance(60);
  const second = followed(timeouts.bound(never));
  clock.advance(39);
  await settled();
  expect(first.outcome).toBe("waiting");
  clock.advance(1);
  await settled();
  expect(first.outcome).toBeInstanceOf(CommitTimeoutError);
  expect(second.outcome).toBe("waiting");
  clock.advance(59);
  await settled();
  expect(second.outcome).toBe("waiting");
  clock.advance(1);
  await settled();
  expect(second.outcome).toBeInstanceOf(CommitTimeoutError);

  const third = followed(timeouts.bound(never));
  clock.advance(100);
  await settled();
  expect(third.outcome).toBeInstanceOf(CommitTimeoutError);
});

test("a write that ends in time ends as it did, and stays so", async () => {
  const clock = new ManualClock();
  const timeouts = new CommitTimeouts(100, clock);
  const failure = new Error("refused");
  const failed = followed(timeouts.bound(Promise.reject(failure)));
  const done = followed(timeouts.bound(Promise.resolve(41)));
  await settled();
  clock.advance(200);
  await settled();
  expect(done.outcome).toBe(41);
  expect(failed.outcome).toBe(failure);
});
