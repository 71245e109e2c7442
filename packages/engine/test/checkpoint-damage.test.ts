/**
 * Damages small stores that have a checkpoint, in every place. What may come of it is exactly this:
 *
 * - The checkpoint, whatever the damage, or one that is not of the log beside it: it is refused, the
 *   log is read, and the store holds all that it held.
 * - A segment: what opening without a checkpoint comes to. Or, as what the checkpoint covers is not
 *   read at open, the store opens, and then each read gives the right value or finds the damage.
 *
 * So never a wrong value, and no cut that would not have been made without it.
 */
import { deepStrictEqual, equal, fail, ok } from "node:assert/strict";

import {
  CorruptionError,
  FormatError,
  verifyDirectory,
  type Entry,
  type MemoryFileSystem,
  type Store,
} from "@boxerdb/engine";
import { test } from "vitest";

import { CheckpointDoubt } from "../src/checkpoint/checkpoint-doubt.ts";
import { CheckpointReader } from "../src/checkpoint/checkpoint-reader.ts";

import { dataDirectory, SimulatedMachine } from "./simulated-machine.ts";
import { contentsOf, type StoreContents } from "./store-contents.ts";

/** A store that nothing has open. */
interface SmallStore {
  readonly disk: MemoryFileSystem;
  readonly contents: StoreContents;
  readonly checkpoint: string;
  readonly segments: readonly string[];
}

const put = (store: Store, key: string, bytes = 5): Promise<unknown> =>
  store.database("one").collection("c").put(key, key.repeat(bytes));

/** Two segments, the first of them compacted, a checkpoint, and as told what comes after it. */
async function makeSmallStore(end: "closed" | "killed"): Promise<SmallStore> {
  const machine = new SimulatedMachine();
  const store = await machine.open({ checkpoint: end === "closed" ? "background" : "manual" });
  await store.createDatabase("one");
  for (const key of ["x", "y", "z"]) await put(store, key);
  await put(store, "a", 3_800);
  for (const key of ["a", "b", "d"]) await put(store, key);
  await store.compact();
  await put(store, "f");
  await store.database("one").collection("c").delete("d");
  if (end === "killed") await store.checkpoint();
  await store.database("one").batch([
    { op: "put", collection: "d", key: "g", value: { list: [1, 2] } },
    { op: "delete", collection: "c", key: "f" },
  ]);
  await put(store, "h");
  const contents = await contentsOf(store);
  if (end === "closed") await store.close();
  const disk = machine.disk.clone();
  const paths = disk.fileNames();
  const segments = paths.filter((path) => path.endsWith(".log"));
  const checkpoint = paths.find((path) => path.endsWith(".checkpoint")) ?? fail("no checkpoint");
  equal(segments.length, 2);
  ok(segments.some((path) => path.includes("-")));
  return { disk, contents, checkpoint, segments };
}

interface Outcome {
  /** Why opening refused; undefined where it did not. */
  readonly refusal: string | undefined;
  readonly endOffset: number | undefined;
  /** What the keys hold, undefined where reading found damage. */
  readonly entries: readonly (readonly [string, Entry | undefined | "damaged"])[];
  /** Whether the checkpoint was of use. */
  readonly checkpointUsed: boolean;
}

/** Opens a store and reads the keys that it should hold, one by one. */
async function outcomeOf(disk: MemoryFileSystem, expected: StoreContents): Promise<Outcome> {
  const machine = new SimulatedMachine(disk);
  let store: Store;
  const checkpointUsed = (): boolean =>
    !machine.events.some(({ type }) => type === "checkpoint-refused");
  try {
    store = await machine.open();
  } catch (error) {
    if (!(error instanceof CorruptionError || error instanceof FormatError)) throw error;
    const refusal = error.message;
    return { refusal, endOffset: undefined, entries: [], checkpointUsed: checkpointUsed() };
  }
  const entries: [string, Entry | undefined | "damaged"][] = [];
  for (const [name, list] of Object.entries(expected["one"]?.collections ?? {})) {
    for (const { key } of list) {
      try {
        entries.push([key, store.database("one").collection(name).getEntry(key)]);
      } catch (error) {
        if (!(error instanceof CorruptionError)) throw error;
        entries.push([key, "damaged"]);
      }
    }
  }
  const endOffset = store.database("one").status()?.endOffset;
  return { refusal: undefined, endOffset, entries, checkpointUsed: checkpointUsed() };
}

/**
 * Every cut of a file, and every bit of it flipped; of space that was prepared behind the last group, which
 * is like itself everywhere, the first few bytes only.
 */
function* damagesOf(disk: MemoryFileSystem, path: string): Iterable<[MemoryFileSystem, string]> {
  const bytes = disk.readBytes(path);
  const end = Math.min(bytes.byteLength, bytes.findLastIndex((byte) => byte !== 0) + 8);
  for (let size = 0; size < end; size++) {
    const cut = disk.clone();
    cut.writeBytes(path, bytes.subarray(0, size));
    yield [cut, `${path} cut to ${size} bytes`];
  }
  for (let bit = 0; bit < end * 8; bit++) {
    const flipped = disk.clone();
    flipped.flipBit(path, bit);
    yield [flipped, `bit ${bit % 8} of byte ${Math.floor(bit / 8)} of ${path}`];
  }
}

test("a checkpoint that is damaged anywhere is refused by whoever reads it", async () => {
  const { disk, checkpoint } = await makeSmallStore("closed");
  let damages = 0;
  for (const [damaged] of damagesOf(disk, checkpoint)) {
    const file = await damaged.open(checkpoint, "read");
    const reader = new CheckpointReader(file, await file.size());
    try {
      await reader.readCatalog();
      await reader.readSlabs();
    } catch (error) {
      if (!(error instanceof CheckpointDoubt)) throw error;
      damages++;
    }
    await file.close();
  }
  equal(damages, disk.readBytes(checkpoint).byteLength * 9);
});

for (const end of ["closed", "killed"] as const) {
  test(`a store that was ${end}: a damaged checkpoint costs nothing but time`, async () => {
    const { disk, contents, checkpoint } = await makeSmallStore(end);
    const { byteLength } = disk.readBytes(checkpoint);
    for (let position = 0; position < byteLength; position += 13) {
      const cut = disk.clone();
      cut.writeBytes(checkpoint, disk.readBytes(checkpoint).subarray(0, position));
      const flipped = disk.clone();
      flipped.flipBit(checkpoint, position * 8 + (position % 8));
      for (const damaged of [cut, flipped]) {
        const machine = new SimulatedMachine(damaged);
        const store = await machine.open();
        deepStrictEqual(await contentsOf(store), contents);
        ok(machine.events.some(({ type }) => type === "checkpoint-refused"));
        // It is gone for good, lest it come back beside another log.
        machine.cutPower(() => false);
        deepStrictEqual(machine.disk.fileNames().includes(checkpoint), false);
      }
    }
  });

  for (const [index, kind] of ["compacted", "active"].entries()) {
    test(`a store that was ${end}: damage to its ${kind} segment is damage with a checkpoint too`, async () => {
      const { disk, contents, checkpoint, segments } = await makeSmallStore(end);
      const path = segments[index] ?? fail("there are two");
      const sound = await outcomeOf(disk.clone(), contents);
      ok(sound.checkpointUsed);
      let found = 0;
      for (const [damaged, place] of damagesOf(disk, path)) {
        const alone = damaged.clone();
        await alone.remove(checkpoint);
        const without = await outcomeOf(alone, contents);
        const outcome = await outcomeOf(damaged.clone(), contents);
        if (!outcome.checkpointUsed || outcome.refusal !== undefined) {
          deepStrictEqual({ ...outcome, checkpointUsed: true }, without, place);
          continue;
        }
        const isCutBehind =
          without.refusal === undefined && outcome.endOffset === without.endOffset;
        if (isCutBehind) {
          deepStrictEqual(outcome.entries, without.entries, place);
          continue;
        }
        // Not read at open: found when it is read, or in nobody's way.
        equal(outcome.endOffset, sound.endOffset, place);
        for (const [index, [key, entry]] of outcome.entries.entries()) {
          if (entry !== "damaged") deepStrictEqual([key, entry], sound.entries[index], place);
        }
        found++;
        if (found % 50 === 0) {
          const report = await verifyDirectory(dataDirectory, { fileSystem: damaged });
          equal(report.ok, false, place);
        }
      }
      // The checkpoint knows a checksum of the log's tail, which is all of an active segment so small.
      equal(found > 0, kind === "compacted");
    });
  }

  test(`a store that was ${end}: a segment that is missing is missed`, async () => {
    const { disk, contents, checkpoint, segments } = await makeSmallStore(end);
    for (const missing of [...segments.map((path) => [path]), segments]) {
      const damaged = disk.clone();
      for (const path of missing) await damaged.remove(path);
      const alone = damaged.clone();
      await alone.remove(checkpoint);
      const outcome = await outcomeOf(damaged, contents);
      ok(!outcome.checkpointUsed);
      deepStrictEqual({ ...outcome, checkpointUsed: true }, await outcomeOf(alone, contents));
    }
  });
}

/** Opens a store with a checkpoint that is not its own; resolves to why it was refused. */
async function refusalOf(disk: MemoryFileSystem, from: MemoryFileSystem): Promise<string> {
  const without = new SimulatedMachine(disk.clone());
  const expected = await contentsOf(await without.open());
  const lied = disk.clone();
  for (const path of from.fileNames().filter((name) => name.endsWith(".checkpoint"))) {
    lied.writeBytes(path, from.readBytes(path));
  }
  const machine = new SimulatedMachine(lied);
  deepStrictEqual(await contentsOf(await machine.open()), expected);
  const refused = machine.events.find(({ type }) => type === "checkpoint-refused");
  return refused?.type === "checkpoint-refused" ? refused.reason : fail("it was believed");
}

/** What is on the disk when these keys were written, each in turn, from a start that all share. */
async function diskWith(
  start: MemoryFileSystem,
  keys: readonly string[],
  checkpointAfter: number,
): Promise<MemoryFileSystem> {
  const machine = new SimulatedMachine(start.clone());
  const store = await machine.open();
  for (const [index, key] of keys.entries()) {
    if (index === checkpointAfter) await store.checkpoint();
    await put(store, key, 1_000);
  }
  if (checkpointAfter === keys.length) await store.checkpoint();
  machine.killProcess();
  return machine.disk;
}

async function emptyStore(): Promise<MemoryFileSystem> {
  const machine = new SimulatedMachine();
  const store = await machine.open();
  await store.createDatabase("one");
  await store.close();
  return machine.disk;
}

test("a checkpoint of another log is refused, however alike the two are", async () => {
  const keys = ["a", "b", "c", "d", "e", "f"];
  const one = await diskWith(await emptyStore(), keys, keys.length);
  const other = await diskWith(await emptyStore(), keys, -1);
  equal(await refusalOf(other, one), "it is of another log");
});

test("a checkpoint of the same log as it might have become is refused", async () => {
  const start = await emptyStore();
  const one = await diskWith(start, ["a", "b", "c", "d", "e", "f"], 6);
  // As many records, each as long, at the same time.
  const fork = await diskWith(start, ["a", "b", "c", "d", "e", "g"], -1);
  ok((await refusalOf(fork, one)).includes("has other records"));
});

test("a checkpoint of a later time is refused beside a log that does not reach it", async () => {
  const start = await emptyStore();
  const later = await diskWith(start, ["a", "b", "c", "d", "e", "f", "g", "h"], 8);
  const earlier = await diskWith(start, ["a", "b", "c", "d", "e", "f"], -1);
  ok((await refusalOf(earlier, later)).length > 0);
});

test("a checkpoint of an earlier time is as good, and more is read behind it", async () => {
  const start = await emptyStore();
  const keys = ["a", "b", "c", "a", "b", "c", "d", "a"];
  const disk = await diskWith(start, keys, 3);
  const machine = new SimulatedMachine(disk);
  const store = await machine.open();
  deepStrictEqual(
    machine.events.filter(({ type }) => type === "checkpoint-refused"),
    [],
  );
  equal(store.database("one").collection("c").count(), 4);
});
