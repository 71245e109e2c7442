import { MemoryFileSystem, logOffset, open, processLocalLocker, type Store } from "@boxerdb/engine";
import { afterEach, beforeEach, expect, test } from "vitest";

import { ChangeGatherer } from "./change-gatherer.ts";
import { Turnstile } from "./turnstile.ts";

let store: Store;
beforeEach(async () => {
  store = await open("data", { fileSystem: new MemoryFileSystem(), locker: processLocalLocker() });
});
afterEach(() => store.close());

const put = (key: string, value: unknown) =>
  store.database("app").collection<object>("users").put(key, { value });

const feedFrom = (from: number, live = false) =>
  store.database("app").changes({ from: logOffset(from), live });

const textOf = ({ key }: { readonly key: string }): string => `${key};`;
const all = Number.POSITIVE_INFINITY;

const turnOfTheLoop = () =>
  new Promise((resolve) => {
    setImmediate(resolve);
  });

test("what is at hand is one part, up to the limit", async () => {
  for (const key of ["a", "b", "c", "d"]) await put(key, 1);
  const options = { textOf, turnstile: new Turnstile() };
  const whole = new ChangeGatherer(feedFrom(0), { ...options, limit: all });
  expect([await whole.take(), await whole.take()]).toEqual(["a;b;c;d;", undefined]);
  const some = new ChangeGatherer(feedFrom(2), { ...options, limit: 2 });
  expect([await some.take(), some.next, await some.take()]).toEqual(["b;c;", 4, undefined]);
});

test("no position lies beyond a change that no part has told", async () => {
  for (const key of ["a", "b"]) await put(key, 1);
  const turnstile = new Turnstile();
  for (let others = 0; others < 20; others += 1) void turnstile.enter();
  const feed = feedFrom(0);
  const gatherer = new ChangeGatherer(feed, { textOf, limit: all, turnstile });
  const taking = gatherer.take();
  while (feed.position < 2) await turnOfTheLoop();
  // The feed has given the first change, which waits for its turn.
  expect(gatherer.position).toBe(1);
  expect(await taking).toBe("a;b;");
  await turnOfTheLoop();
  expect(gatherer.position).toBe(3);
});

test("nobody need wait for what fails: it is told by the next part", async () => {
  await put("a", 1);
  const feed = feedFrom(0, true);
  const gatherer = new ChangeGatherer(feed, { textOf, limit: all, turnstile: new Turnstile() });
  expect(await gatherer.take()).toBe("a;");
  await store.dropDatabase("app");
  await turnOfTheLoop();
  await expect(gatherer.take()).rejects.toMatchObject({ code: "DATABASE_NOT_FOUND" });
});
