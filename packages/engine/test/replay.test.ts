/**
 * Replays a recorded history up to each of its offsets and times: a store that was made so holds what
 * the original one held then, and what compaction no longer lets be known is refused.
 */
import { deepStrictEqual, equal, notEqual, ok } from "node:assert/strict";

import {
  HistoryCompactedError,
  logOffset,
  replay,
  timestampMs,
  type FileSystem,
  type MemoryFileSystem,
  type ReplayEnd,
  type Store,
} from "@boxerdb/engine";
import { expect, test } from "vitest";

import {
  contentsAt,
  filesBelow,
  interruptEverywhere,
  isWholeOrRefused,
  keysOf,
} from "./interrupted-work.ts";
import { ManualClock } from "./manual-clock.ts";
import { dataDirectory, SimulatedMachine } from "./simulated-machine.ts";
import { contentsOf, type StoreContents } from "./store-contents.ts";

const target = "/srv/replayed";

/** What a store held when its log ended at an offset, and when it came to that. */
interface State {
  readonly offset: number;
  readonly time: number;
  readonly contents: StoreContents;
}

/** A store that nothing has open, and all states that it went through, oldest first. */
interface RecordedStore {
  readonly disk: MemoryFileSystem;
  readonly states: readonly State[];
}

type Step = (store: Store) => Promise<unknown>;

const put =
  (key: string, bytes = 10): Step =>
  (store) =>
    store.database("one").collection("c").put(key, key.repeat(bytes));
const remove =
  (key: string): Step =>
  (store) =>
    store.database("one").collection("c").delete(key);
const compact: Step = (store) => store.compact();
const batch: Step = (store) =>
  store.database("one").batch([
    { op: "put", collection: "d", key: "x", value: 1 },
    { op: "delete", collection: "c", key: "a" },
    { op: "put", collection: "c", key: "b", value: [2] },
  ]);

const written: readonly Step[] = [
  ...["a", "b", "c", "a"].map((key) => put(key, 1_200)),
  batch,
  remove("c"),
  ...["b", "a", "c", "b", "e"].map((key) => put(key, 1_200)),
];
const more: readonly Step[] = [put("f", 1_200), batch, remove("a"), put("a"), put("c", 1_200)];

/** Takes steps a second apart, but for one: there the clock is set back by five. */
async function record(steps: readonly Step[], setBackAt?: number): Promise<RecordedStore> {
  const machine = new SimulatedMachine();
  const store = await machine.open();
  await store.createDatabase("one");
  const states: State[] = [];
  const note = async (): Promise<void> => {
    const contents = await contentsOf(store);
    const offset = contents["one"]?.endOffset ?? 0;
    if (offset !== states.at(-1)?.offset) {
      states.push({ offset, time: machine.clock.now(), contents });
    }
  };
  await note();
  for (const [index, step] of steps.entries()) {
    machine.clock.advance(index === setBackAt ? -5_000 : 1_000);
    await step(store);
    await note();
  }
  await store.close();
  return { disk: machine.disk, states };
}

const replayOn = (fileSystem: FileSystem, until: ReplayEnd) =>
  replay(dataDirectory, target, { until, fileSystem, clock: new ManualClock() });

/** Replays on a copy of a disk; the original must stay as it is. */
async function expectReplayed(
  disk: MemoryFileSystem,
  until: ReplayEnd,
  { offset, contents }: Pick<State, "offset" | "contents">,
): Promise<void> {
  const place = JSON.stringify(until);
  const copy = disk.clone();
  const report = await replayOn(copy, until);
  deepStrictEqual(
    report.databases.map(({ name, offset }) => [name, offset]),
    [["one", offset]],
    place,
  );
  deepStrictEqual(filesBelow(copy, dataDirectory), filesBelow(disk, dataDirectory));
  deepStrictEqual(keysOf(await contentsAt(copy, target)), keysOf(contents), place);
}

const nothing = { offset: 0, contents: { one: { endOffset: 0, collections: {} } } };

test("a store as it was at any offset", async () => {
  const { disk, states } = await record([...written, ...more]);
  const end = states.at(-1)?.offset ?? 0;
  ok(disk.fileNames().filter((path) => path.endsWith(".log")).length > 3);
  for (let offset = 0; offset <= end; offset++) {
    // Within a batch: as it was before.
    const state = states.findLast((state) => state.offset <= offset) ?? nothing;
    await expectReplayed(disk, { offset: logOffset(offset) }, state);
  }
  await expect(replayOn(disk, { offset: logOffset(end + 1) })).rejects.toMatchObject({
    code: "INVALID_OPTION",
  });
  // What was refused has left nothing in the way.
  await replayOn(disk, { offset: logOffset(end) });
  await expect(replayOn(disk, { offset: logOffset(end) })).rejects.toMatchObject({
    code: "DIRECTORY_NOT_EMPTY",
  });
});

test("a store as it was at any time, by the first record that was written later", async () => {
  for (const setBackAt of [undefined, 8]) {
    const { disk, states } = await record([...written, ...more], setBackAt);
    for (const { time } of states) {
      for (const wanted of [time - 1, time, time + 1]) {
        const later = states.findIndex((state) => state.time > wanted);
        const state = states.at(later === -1 ? -1 : later - 1) ?? nothing;
        await expectReplayed(disk, { time: timestampMs(wanted) }, later === 0 ? nothing : state);
      }
    }
  }
});

test("after compaction, from the offset on by which it went; earlier is refused", async () => {
  // What replaces the values that go stands behind the segments that are compacted.
  const steps = [...written, put("b"), compact];
  const { disk, states } = await record([...steps, ...more]);
  const compactedAt = states[written.length + 1]?.offset ?? 0;
  const compacted = disk.fileNames().find((path) => /-\d+\.log$/.test(path)) ?? "";
  ok(Number(/-(\d+)\.log$/.exec(compacted)?.[1]) < compactedAt);
  let [exact, refused] = [0, 0];
  for (const state of states) {
    for (const until of [{ offset: logOffset(state.offset) }, { time: timestampMs(state.time) }]) {
      if (state.offset >= compactedAt) {
        await expectReplayed(disk, until, state);
        exact++;
        continue;
      }
      const error: unknown = await replayOn(disk.clone(), until).catch((error: unknown) => error);
      if (!(error instanceof HistoryCompactedError)) throw error;
      equal(error.earliestOffset, compactedAt);
      equal(error.earliestTime, states.find(({ offset }) => offset === compactedAt)?.time);
      refused++;
    }
  }
  ok(exact > 5 && refused > 5);
});

test("one database of several, or all at a time", async () => {
  const machine = new SimulatedMachine();
  const store = await machine.open();
  const time = machine.clock.now();
  await store.database("one").collection("c").put("a", 1);
  await store.database("Two").collection("c").put("b", 1);
  const before = await contentsOf(store);
  machine.clock.advance(1);
  for (const name of ["one", "Two"]) await store.database(name).collection("c").put("a", 2);
  await store.close();
  const { disk } = machine;
  const until = { time };
  const report = await replayOn(disk, until);
  notEqual(report.storeId, store.id);
  deepStrictEqual(keysOf(await contentsAt(disk, target)), keysOf(before));

  const fileSystem = disk;
  await replay(dataDirectory, "/one", {
    until: { offset: logOffset(2) },
    database: "one",
    fileSystem,
  });
  deepStrictEqual(keysOf(await contentsAt(disk, "/one")), [["one", before["one"]?.collections]]);
  await expect(
    replay(dataDirectory, "/no", { until: { offset: logOffset(1) }, fileSystem }),
  ).rejects.toMatchObject({ code: "INVALID_OPTION" });
  await expect(
    replay(dataDirectory, "/no", { until, database: "three", fileSystem }),
  ).rejects.toMatchObject({ code: "DATABASE_NOT_FOUND" });
  deepStrictEqual(filesBelow(disk, "/no"), new Map());
});

test("a write that a crash cut short is not replayed, and from a damaged log nothing is", async () => {
  const machine = new SimulatedMachine();
  const store = await machine.open();
  await store.database("one").collection("c").put("a", 1);
  const contents = await contentsOf(store);
  await store.database("one").collection("c").put("a", 2);
  const disk = machine.disk.clone();
  const path = disk.fileNames().find((path) => path.endsWith(".log")) ?? "";
  // Without the space that is prepared behind the last group.
  const bytes = disk.readBytes(path).subarray(0, store.status().databases[0]?.bytes);
  disk.writeBytes(path, bytes.subarray(0, -1));
  await expectReplayed(disk, { time: machine.clock.now() }, { offset: 2, contents });
  disk.writeBytes(path, bytes);
  disk.flipBit(path, 8 * 200);
  await expect(replayOn(disk, { time: machine.clock.now() })).rejects.toMatchObject({
    code: "CORRUPT",
  });
});

test("a crash at any operation of a replay leaves a store, or what is not taken for one", async () => {
  const { disk, states } = await record([...written, put("b"), compact, ...more]);
  const state = states.at(-2) ?? expect.unreachable();
  const source = filesBelow(disk, dataDirectory);
  let [whole, partial] = [0, 0];
  const until = { offset: logOffset(state.offset) };
  const work = (fileSystem: FileSystem): Promise<unknown> => replayOn(fileSystem, until);
  await interruptEverywhere(disk, work, async (after, isDone, place) => {
    deepStrictEqual(filesBelow(after, dataDirectory), source, place);
    const isWhole = await isWholeOrRefused(after, target, state.contents, place);
    ok(isWhole || !isDone, place);
    if (isWhole) whole++;
    else partial++;
  });
  ok(whole > 0 && partial > 0);
});
