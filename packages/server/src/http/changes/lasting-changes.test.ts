import { MemoryFileSystem, logOffset, open, processLocalLocker, type Store } from "@boxerdb/engine";
import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { problemOf } from "../error-problem.ts";

import { eventFormat, lineFormat } from "./change-format.ts";
import { LastingChanges, type LastingChangesOptions } from "./lasting-changes.ts";
import { Turnstile } from "./turnstile.ts";

let store: Store;
beforeEach(async () => {
  store = await open("data", { fileSystem: new MemoryFileSystem(), locker: processLocalLocker() });
});
afterEach(() => store.close());

const never = 1_000_000;
const database = () => store.database("app");
const put = (collection: string, key: string, value: string) =>
  database().collection<string>(collection).put(key, value);

const feedOf = (collection: string) => database().changes({ from: logOffset(0), collection });

const lasting = (options: Partial<LastingChangesOptions> = {}, feed = feedOf("users")) =>
  new LastingChanges(feed, {
    format: lineFormat,
    limit: Number.POSITIVE_INFINITY,
    turnstile: new Turnstile(),
    heartbeatMs: never,
    stopping: new AbortController().signal,
    onFailure: problemOf,
    ...options,
  });

const text = async (changes: LastingChanges): Promise<string | undefined> => {
  const { value } = await changes.next();
  return value === undefined ? undefined : Buffer.from(value).toString();
};

test("what is at hand comes in one part, and what comes later as it comes", async () => {
  for (const key of ["a", "b", "c"]) await put("users", key, key);
  const changes = lasting();
  expect(await text(changes)).toBe('{"next":0}\n');
  expect((await text(changes))?.match(/"key":"."/g)).toEqual([
    '"key":"a"',
    '"key":"b"',
    '"key":"c"',
  ]);
  const later = text(changes);
  await put("users", "d", "d");
  expect(await later).toContain('"key":"d"');
  await changes.return();
});

test("what is at hand comes in parts of bounded length", async () => {
  for (let n = 0; n < 30; n += 1) await put("users", `k${n}`, "x".repeat(10_000));
  const changes = lasting();
  await changes.next();
  const lengths: number[] = [];
  for (let keys = 0; keys < 30;) {
    const part = (await text(changes)) ?? "";
    lengths.push(part.length);
    keys += part.split("\n").length - 1;
  }
  expect(lengths.length).toBeGreaterThan(3);
  expect(Math.max(...lengths)).toBeLessThan(64 * 1024 + 11_000);
  await changes.return();
});

test("nothing is read that nobody asks for", async () => {
  for (let n = 0; n < 1000; n += 1) await put("users", `k${n}`, "x".repeat(1000));
  const feed = feedOf("users");
  const changes = lasting({}, feed);
  await changes.next();
  await changes.next();
  await new Promise((resolve) => {
    setImmediate(resolve);
  });
  expect(feed.position).toBeLessThan(100);
  await changes.return();
});

test("signs of life tell how far the log was looked through", async () => {
  await put("users", "a", "a");
  const changes = lasting({ heartbeatMs: 1, format: eventFormat });
  const parts: (string | undefined)[] = [];
  const told = async (expected: string): Promise<void> => {
    let part: string | undefined;
    do {
      part = await text(changes);
      parts.push(part);
    } while (part !== undefined && !part.includes(expected));
    expect(part).toContain(expected);
  };
  await told("id: 1\nevent: put\n");
  await told(":\nid: 1\n\n");
  await put("other", "b", "b");
  await told(":\nid: 2\n\n");
  // Nothing is told as passed before it was shown.
  const change = parts.findIndex((part) => part?.includes("event: put"));
  expect(parts.findIndex((part) => part?.includes("id: 1\n"))).toBe(change);
  await changes.return();
});

test("it ends when the server stops, also while it waits", async () => {
  const stopping = new AbortController();
  await put("users", "a", "a");
  const changes = lasting({ stopping: stopping.signal });
  await changes.next();
  await changes.next();
  const waiting = text(changes);
  stopping.abort();
  expect(await waiting).toBe('{"next":2}\n');
  expect(await changes.next()).toEqual({ done: true, value: undefined });
  const late = lasting({ stopping: stopping.signal });
  expect([await text(late), await text(late), await text(late)]).toEqual([
    '{"next":0}\n',
    '{"next":0}\n',
    undefined,
  ]);
});

test("a client that goes ends it, also while it waits, and nothing is left listening", async () => {
  const { signal } = new AbortController();
  const listening = vi.spyOn(signal, "addEventListener");
  const unlistening = vi.spyOn(signal, "removeEventListener");
  const changes = lasting({ stopping: signal });
  await changes.next();
  const waiting = changes.next();
  await changes.return();
  await waiting;
  expect(await changes.next()).toEqual({ done: true, value: undefined });
  expect(unlistening.mock.calls.at(-1)?.slice(0, 2)).toEqual(listening.mock.calls[0]?.slice(0, 2));
});
