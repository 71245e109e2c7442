/**
 * Damages small stores in every place: cuts each file at every byte, flips every bit of it. What may
 * come of it is exactly this:
 *
 * - A manifest, a sealed segment or the header of a used segment: opening refuses, whatever the damage.
 * - The active segment, cut short: it opens with all groups that are whole, as the missing bytes were
 *   all that vouched for themselves. But it refuses where compaction has built on one that is missing,
 *   or the log was noted to reach further, as it is at a clean close.
 * - Any segment, missing: opening refuses.
 * - The space that is prepared behind its last group: it opens with everything.
 * - The active segment, a flipped bit: opening refuses, if any other group tells that the bytes had
 *   been durable. Otherwise they may be a torn write: it opens with all groups before.
 *
 * So never a wrong value, never a gap, and after a clean close no flipped bit goes unnoticed.
 */
import { deepStrictEqual, equal, fail, ok } from "node:assert/strict";

import {
  CorruptionError,
  FormatError,
  type Durability,
  type MemoryFileSystem,
  type Storable,
  type Store,
} from "@boxerdb/engine";
import { test } from "vitest";

import { SimulatedMachine } from "./simulated-machine.ts";
import { contentsOf, type StoreContents } from "./store-contents.ts";

/** What one write added to the active segment. */
interface WrittenGroup {
  readonly start: number;
  readonly end: number;
  /** How far the file was durable when it was written. */
  readonly syncedUpTo: number;
  /** What the store held before it. */
  readonly before: StoreContents;
}

/** A store that nothing has open, and what is known of it. */
interface SmallStore {
  readonly disk: MemoryFileSystem;
  readonly contents: StoreContents;
  /** The file that was appended to last. */
  readonly active: string;
  readonly groups: readonly WrittenGroup[];
  /** How long the active segment must be: by what compaction went by, or by what was noted at the close. */
  readonly builtOn: number;
}

type Write = (store: Store, durability: Durability) => Promise<unknown>;

const put =
  (key: string, value: Storable): Write =>
  (store, durability) =>
    store.database("one").collection("c").put(key, value, { durability });
const remove =
  (key: string): Write =>
  (store, durability) =>
    store.database("one").collection("c").delete(key, { durability });
const batch: Write = (store, durability) =>
  store.database("one").batch(
    [
      { op: "put", collection: "d", key: "batched", value: { list: [1, 2] } },
      { op: "delete", collection: "c", key: "a" },
      { op: "put", collection: "c", key: "e", value: Uint8Array.of(1, 2, 3) },
    ],
    { durability },
  );

const few: readonly Write[] = [put("a", "first"), put("b", [1, null]), remove("b"), batch];
/** Too large for what is left of a segment, so that the next one begins. */
const large: Write = put("large", "x".repeat(3_500));

/** Which writes make a small store of two segments, the first of them sealed. */
const layouts: Readonly<Record<string, readonly (Write | "compact")[]>> = {
  "as it was written": [...few, large],
  compacted: [...few, large, put("large", "small"), ...few, ...few, "compact"],
};

/** Makes a small store. The last few writes are as durable as told, all others durable. */
async function makeSmallStore(
  layout: readonly (Write | "compact")[],
  durability: Durability,
  end: "closed" | "killed",
): Promise<SmallStore> {
  const machine = new SimulatedMachine();
  const store = await machine.open();
  await store.createDatabase("one");
  let active = activeFile(machine.disk);
  let groups: WrittenGroup[] = [];
  let size = usedBytes(store);
  let syncedUpTo = size;
  let builtOn = 0;
  const note = async (work: () => Promise<unknown>, durability: Durability): Promise<void> => {
    const before = await contentsOf(store);
    await work();
    if (activeFile(machine.disk) !== active) {
      active = activeFile(machine.disk);
      groups = [];
      size = headerBytes(machine.disk, active);
      syncedUpTo = size;
    }
    const end = usedBytes(store);
    if (end > size) groups.push({ start: size, end, syncedUpTo, before });
    size = end;
    if (durability === "disk") syncedUpTo = end;
  };
  for (const write of layout) {
    await note(() => (write === "compact" ? store.compact() : write(store, "disk")), "disk");
    if (write === "compact") builtOn = size;
  }
  for (const write of few) await note(() => write(store, durability), durability);
  const contents = await contentsOf(store);
  if (end === "closed") {
    // The seal vouches for all that is before it, and the note beside the log tells where that ends.
    await store.close();
    builtOn = size;
    groups.push({
      start: size,
      end: sizeOf(machine.disk, active),
      syncedUpTo: size,
      before: contents,
    });
  }
  const disk = machine.disk.clone();
  equal(disk.fileNames().filter((path) => path.endsWith(".log")).length, 2);
  return { disk, contents, active, groups, builtOn };
}

const activeFile = (disk: MemoryFileSystem): string =>
  disk.fileNames().findLast((path) => path.endsWith(".log")) ?? fail("there is no segment");

const sizeOf = (disk: MemoryFileSystem, path: string): number => disk.readBytes(path).byteLength;

/** Where the last group of the active segment ends; behind it there may be zeros. */
const usedBytes = (store: Store): number =>
  store.database("one").status()?.segments.at(-1)?.bytes ?? fail("there is no segment");

/** The length of a segment's header by its frame. */
const headerBytes = (disk: MemoryFileSystem, path: string): number =>
  8 + Buffer.from(disk.readBytes(path)).readUInt32LE(4);

/** What the store must hold when its active segment is cut to `size` bytes; undefined to refuse. */
function contentsWhenCut(
  { groups, contents, builtOn }: SmallStore,
  size: number,
): StoreContents | undefined {
  if (size < builtOn) return undefined;
  return groups.find(({ end }) => end > size)?.before ?? contents;
}

/** What the store must hold when a byte of its active segment is not as written; undefined to refuse. */
function contentsWhenFlipped(
  { groups, contents }: SmallStore,
  position: number,
): StoreContents | undefined {
  // Behind the last group there is nothing but prepared space.
  if (position >= (groups.at(-1)?.end ?? fail("there are groups"))) return contents;
  const damaged = groups.find(({ start, end }) => start <= position && position < end);
  if (damaged === undefined) return undefined;
  const isVouchedFor = groups.some(
    (group) => group !== damaged && group.syncedUpTo > damaged.start,
  );
  return isVouchedFor ? undefined : damaged.before;
}

/** Opens a damaged store, which must hold `expected`, or else refuse and change nothing. */
async function expectOpens(
  disk: MemoryFileSystem,
  expected: StoreContents | undefined,
  place: string,
): Promise<void> {
  const machine = new SimulatedMachine(disk);
  let store: Store;
  try {
    store = await machine.open();
  } catch (error) {
    if (!(error instanceof CorruptionError || error instanceof FormatError)) throw error;
    equal(expected, undefined, `${place}: ${error.message}`);
    deepStrictEqual(machine.operations.filter(changesBytes), [], place);
    return;
  }
  if (expected === undefined) fail(`${place}: opened in spite of it`);
  deepStrictEqual(await contentsOf(store), expected, place);
}

const changesBytes = ({ kind }: SimulatedMachine["operations"][number]): boolean =>
  kind !== "syncDirectory" && kind !== "makeDirectory" && kind !== "open";

/** How the last writes went: after a clean close, all of them are vouched for. */
const endings: readonly (readonly [Durability, "closed" | "killed"])[] = [
  ["disk", "closed"],
  ["disk", "killed"],
  ["os", "killed"],
];

for (const [layout, writes] of Object.entries(layouts)) {
  for (const [durability, end] of endings) {
    const title = `a store of two segments, ${layout}, written to ${durability}, ${end}`;

    test(`${title}: cut at every byte`, async () => {
      const small = await makeSmallStore(writes, durability, end);
      for (const path of small.disk.fileNames()) {
        const bytes = small.disk.readBytes(path);
        for (let size = 0; size < bytes.byteLength; size++) {
          const disk = small.disk.clone();
          disk.writeBytes(path, bytes.subarray(0, size));
          const expected = path === small.active ? contentsWhenCut(small, size) : undefined;
          await expectOpens(disk, expected, `${path} cut to ${size} bytes`);
        }
      }
    });

    test(`${title}: every bit flipped`, async () => {
      const small = await makeSmallStore(writes, durability, end);
      for (const path of small.disk.fileNames()) {
        for (let bit = 0; bit < sizeOf(small.disk, path) * 8; bit++) {
          const disk = small.disk.clone();
          disk.flipBit(path, bit);
          const position = Math.floor(bit / 8);
          const expected = path === small.active ? contentsWhenFlipped(small, position) : undefined;
          await expectOpens(disk, expected, `bit ${bit % 8} of byte ${position} of ${path}`);
        }
      }
    });
  }
}

for (const end of ["closed", "killed"] as const) {
  test(`a segment that is missing from a store that was ${end} is missed`, async () => {
    const { disk } = await makeSmallStore(layouts["as it was written"] ?? fail(), "disk", end);
    const segments = disk.fileNames().filter((path) => path.endsWith(".log"));
    for (const missing of [...segments.map((path) => [path]), segments]) {
      // Of a killed store, the active segment alone can go unnoticed: nothing else tells of it.
      if (end === "killed" && missing.length === 1 && missing[0] === segments.at(-1)) continue;
      const damaged = disk.clone();
      for (const path of missing) await damaged.remove(path);
      await expectOpens(damaged, undefined, `without ${missing.join(", ")}`);
    }
  });
}

test("a bit that flips under an open store makes no value wrong", async () => {
  const { disk, contents } = await makeSmallStore(layouts["compacted"] ?? fail(), "disk", "killed");
  // With no memory for what was read, every read is one of the disk.
  const store = await new SimulatedMachine(disk).open({ memoryBytes: 0 });
  const collections = contents["one"]?.collections ?? fail();
  let refusals = 0;
  for (const path of disk.fileNames()) {
    for (let bit = 0; bit < sizeOf(disk, path) * 8; bit++) {
      disk.flipBit(path, bit);
      for (const [name, entries] of Object.entries(collections)) {
        for (const entry of entries) {
          try {
            const read = store.database("one").collection(name).getEntry(entry.key);
            deepStrictEqual(read, entry, `bit ${bit} of ${path}`);
          } catch (error) {
            if (!(error instanceof CorruptionError)) throw error;
            refusals++;
          }
        }
      }
      disk.flipBit(path, bit);
    }
  }
  ok(refusals > 0);
});
