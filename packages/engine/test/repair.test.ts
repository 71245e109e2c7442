/**
 * Damages a small store in every place, plans the repair and does it. Afterwards the store opens, is
 * sound, and holds exactly what follows from the records that the plan did not name as lost or dropped.
 *
 * BOXERDB_REPAIR_BITS sets how many bits of each byte are flipped: up to 8.
 */
import { deepStrictEqual, equal, fail, notEqual, ok } from "node:assert/strict";

import {
  CorruptionError,
  inspect,
  planRepair,
  processLocalLocker,
  repair,
  verifyDirectory,
  type FileSystem,
  type InspectedItem,
  type MemoryFileSystem,
  type RepairPlan,
  type Storable,
  type Store,
} from "@boxerdb/engine";
import { expect, test } from "vitest";

import { contentsAt, filesBelow, interruptEverywhere, openAt } from "./interrupted-work.ts";
import { ManualClock } from "./manual-clock.ts";
import { dataDirectory, SimulatedMachine } from "./simulated-machine.ts";
import { contentsOf } from "./store-contents.ts";

/** How many bits of each byte are flipped, one after the other. */
const bitsPerByte = Number(process.env["BOXERDB_REPAIR_BITS"] ?? 1);

type InspectedRecord = Extract<InspectedItem, { type: "record" }>;
type InspectedGroup = Extract<InspectedItem, { type: "group" }>;

/** A store that nothing has open, and what is in its log. */
interface SoundStore {
  readonly disk: MemoryFileSystem;
  readonly records: readonly InspectedRecord[];
  readonly groups: readonly InspectedGroup[];
  readonly endOffset: number;
}

type Write = (store: Store) => Promise<unknown>;

const put =
  (key: string, value: Storable): Write =>
  (store) =>
    store.database("one").collection("c").put(key, value);
const remove =
  (key: string): Write =>
  (store) =>
    store.database("one").collection("c").delete(key);
const batch: Write = (store) =>
  store.database("one").batch([
    { op: "put", collection: "d", key: "batched", value: { list: [1, 2] } },
    { op: "delete", collection: "c", key: "a" },
    { op: "put", collection: "c", key: "e", value: Uint8Array.of(1, 2, 3) },
  ]);
/** One group of several writes. */
const together: Write = (store) =>
  Promise.all([put("x", 1)(store), put("y", 2)(store), batch(store), put("z", 3)(store)]);
/** Too large for what is left of a segment, so that the next one begins. */
const large: Write = put("large", "x".repeat(3_500));
const compact: Write = (store) => store.compact();

const layouts: Readonly<Record<string, readonly Write[]>> = {
  "as it was written": [put("a", "first"), together, large, remove("x"), batch, large, together],
  compacted: [put("a", "first"), large, together, large, put("large", 1), compact, together],
};

async function makeStore(writes: readonly Write[], end: "closed" | "killed"): Promise<SoundStore> {
  const machine = new SimulatedMachine();
  const store = await machine.open();
  await store.createDatabase("one");
  for (const write of writes) await write(store);
  if (end === "closed") await store.close();
  const disk = machine.disk.clone();
  const items = await Array.fromAsync(inspect(dataDirectory, { fileSystem: disk }));
  const records = items.filter((item) => item.type === "record");
  const groups = items.filter((item) => item.type === "group");
  return { disk, records, groups, endOffset: groups.at(-1)?.nextOffset ?? fail() };
}

const planOn = (fileSystem: FileSystem): Promise<RepairPlan> =>
  planRepair(dataDirectory, { fileSystem, locker: processLocalLocker() });
const repairOn = (fileSystem: FileSystem, plan: RepairPlan) =>
  repair(dataDirectory, plan, {
    fileSystem,
    locker: processLocalLocker(),
    clock: new ManualClock(),
  });

/** Where in the log a plan leaves records out. */
function isLost({ databases }: RepairPlan, sound: SoundStore, record: InspectedRecord): boolean {
  return databases.some(
    ({ lost, dropped, files, endOffset }) =>
      // Where nothing says how far the log had reached, as of a store that was killed.
      record.offset >= endOffset ||
      lost.some(({ from, to }) => from <= record.offset && record.offset < to) ||
      dropped.some(({ offset }) => offset === record.offset) ||
      files.some(({ path, cutBytes }) => {
        const size = sizeOf(sound.disk, path);
        return path === record.path && record.position >= size - cutBytes;
      }),
  );
}

const sizeOf = (disk: MemoryFileSystem, path: string): number =>
  disk.fileNames().includes(path) ? disk.readBytes(path).byteLength : 0;

/** What a store shows that has these records. */
function contentsOfRecords(records: readonly InspectedRecord[]): unknown {
  const values = new Map<string, InspectedRecord>();
  for (const record of records) {
    const place = `${record.collection} ${record.key}`;
    if (record.kind === "put") values.set(place, record);
    else values.delete(place);
  }
  const collections: Record<string, unknown[]> = {};
  for (const place of [...values.keys()].toSorted()) {
    const { collection, key, value, offset, expires } = values.get(place) ?? fail();
    (collections[collection] ??= []).push({ key, value, offset, expires });
  }
  return collections;
}

/** Plans the repair of a damaged store, which changes nothing. */
async function expectPlan(damaged: MemoryFileSystem, place: string): Promise<RepairPlan> {
  const before = filesBelow(damaged, dataDirectory);
  const plan = await planOn(damaged);
  deepStrictEqual(filesBelow(damaged, dataDirectory), before, place);
  return plan;
}

/** A batch is all or nothing. */
function expectWholeBatches(
  sound: SoundStore,
  left: readonly InspectedRecord[],
  place: string,
): void {
  const batchOf = ({ offset, batchRemaining }: InspectedRecord): number => offset + batchRemaining;
  for (const batch of Map.groupBy(sound.records, batchOf).values()) {
    const kept = batch.filter((record) => left.includes(record)).length;
    ok(kept === 0 || kept === batch.length, `${place}: a part of the batch at ${batch[0]?.offset}`);
  }
}

/** Repairs a damaged store, if that is needed, and checks all that is promised. */
async function expectRepaired(
  sound: SoundStore,
  damaged: MemoryFileSystem,
  plan: RepairPlan,
  place: string,
): Promise<void> {
  if (!plan.isNeeded) {
    await contentsAt(damaged, dataDirectory); // It opens by itself.
    return;
  }
  const before = filesBelow(damaged, dataDirectory);
  const { originals = fail(), storeId } = await repairOn(damaged, plan);
  const after = filesBelow(damaged, dataDirectory);
  const kept = filesBelow(damaged, originals);
  for (const [path, bytes] of before) {
    // Nothing of what was there is gone.
    const aside = kept.get(path.replace(dataDirectory, originals));
    if (after.get(path) !== bytes) equal(aside, bytes, `${place}: ${path}`);
  }
  ok((await verifyDirectory(dataDirectory, { fileSystem: damaged })).ok, place);
  equal((await planOn(damaged)).isNeeded, false, place);
  await using store = await openAt(damaged, dataDirectory);
  equal(store.id, storeId, place);
  ok((await store.verify()).ok, place);
  const contents = await contentsOf(store);
  const left = sound.records.filter((record) => !isLost(plan, sound, record));
  deepStrictEqual(contents["one"]?.collections, contentsOfRecords(left), place);
  expectWholeBatches(sound, left, place);
  for (const { endOffset } of plan.databases) {
    equal(contents["one"]?.endOffset, endOffset + 1, place);
  }
}

/** What a repair leaves behind follows from this much of its plan: done once, it need not be again. */
const outcomeOf = ({ manifests, databases }: RepairPlan): string =>
  JSON.stringify([
    manifests,
    databases.map(({ lost, dropped, endOffset, files }) => [
      [lost, dropped, endOffset],
      files.map(({ path, records, salvaged, cutBytes }) => [path, records, salvaged, cutBytes]),
    ]),
  ]);

for (const [layout, writes] of Object.entries(layouts)) {
  for (const end of ["closed", "killed"] as const) {
    const title = `a store of several segments, ${layout}, ${end}`;

    test(`${title}: repaired after any cut`, async () => {
      const sound = await makeStore(writes, end);
      const outcomes = new Set<string>();
      for (const path of sound.disk.fileNames()) {
        const bytes = sound.disk.readBytes(path);
        for (let size = 0; size < bytes.byteLength; size += isFilling(bytes, size) ? 101 : 1) {
          const disk = sound.disk.clone();
          disk.writeBytes(path, bytes.subarray(0, size));
          const place = `${path} cut to ${size} bytes`;
          const plan = await expectPlan(disk, place);
          if (outcomes.has(outcomeOf(plan))) continue;
          outcomes.add(outcomeOf(plan));
          await expectRepaired(sound, disk, plan, place);
        }
      }
      ok(outcomes.size > 5);
    });

    test(`${title}: repaired after any flipped bit, with no more lost than must be`, async () => {
      const sound = await makeStore(writes, end);
      const outcomes = new Set<string>();
      for (const path of sound.disk.fileNames()) {
        const bytes = sound.disk.readBytes(path);
        for (let position = 0; position < bytes.byteLength; position++) {
          if (isFilling(bytes, position) && position % 101 !== 0) continue;
          for (let flip = 0; flip < bitsPerByte; flip++) {
            const bit = (position + flip) % 8;
            const disk = sound.disk.clone();
            disk.flipBit(path, position * 8 + bit);
            const place = `bit ${bit} of byte ${position} of ${path}`;
            const plan = await expectPlan(disk, place);
            expectLittleLost(sound, plan, path, position, place);
            if (outcomes.has(outcomeOf(plan))) continue;
            outcomes.add(outcomeOf(plan));
            await expectRepaired(sound, disk, plan, place);
          }
        }
      }
      ok(outcomes.size > 20);
    });

    test(`${title}: repaired without any of its files`, async () => {
      const sound = await makeStore(writes, end);
      for (const path of sound.disk.fileNames()) {
        const disk = sound.disk.clone();
        await disk.remove(path);
        const place = `without ${path}`;
        await expectRepaired(sound, disk, await expectPlan(disk, place), place);
      }
    });
  }
}

/** Whether a byte stands in the middle of a long value, or of prepared space. */
const isFilling = (bytes: Uint8Array, position: number): boolean =>
  position >= 40 &&
  bytes.subarray(position - 40, position + 40).every((byte) => byte === bytes[position]);

/** What one damaged byte may cost: a record, with the batch that it belongs to and the one behind it. */
function expectLittleLost(
  { records, groups }: SoundStore,
  plan: RepairPlan,
  path: string,
  position: number,
  place: string,
): void {
  const [database] = plan.databases;
  const lost = database?.lost ?? [];
  const isWithin = (item: InspectedItem): boolean =>
    item.path === path && item.position <= position && position < item.position + item.bytes;
  const record = records.find(isWithin);
  const group = groups.find(isWithin);
  if (record === undefined) {
    // A header costs no record, and nor does a manifest.
    deepStrictEqual([lost, database?.dropped ?? []], [[], []], place);
    return;
  }
  if (database === undefined) return; // A torn write, by all that is known.
  const ofGroup = records.filter(
    (other) => other.path === path && group !== undefined && isWithinGroup(other, group),
  );
  const isLengthOk = position < record.position + 4 || position >= record.position + 8;
  const next = records.find(({ offset }) => offset > record.offset)?.offset ?? database.endOffset;
  if (isLengthOk) {
    equal(lost.length, 1, place);
    equal(
      lost[0]?.from ?? -1,
      lost[0] === undefined ? -1 : Math.min(lost[0].from, record.offset),
      place,
    );
    ok((lost[0]?.to ?? Infinity) <= next, place);
  }
  for (const { from, to } of lost) {
    const outside = records.filter(({ offset }) => from <= offset && offset < to);
    ok(
      outside.every((other) => ofGroup.includes(other)),
      place,
    );
  }
  for (const { offset } of database.dropped) {
    ok(
      ofGroup.some((other) => other.offset === offset),
      place,
    );
  }
}

const isWithinGroup = (record: InspectedRecord, group: InspectedGroup): boolean =>
  record.position >= group.position && record.position < group.position + group.bytes;

const segmentsOf = (disk: MemoryFileSystem): string[] =>
  disk.fileNames().filter((path) => path.endsWith(".log"));

/** Flips a bit of the value of the record with an offset. */
function damageRecord(disk: MemoryFileSystem, { records }: SoundStore, offset: number): void {
  const record = records.find((record) => record.offset === offset) ?? fail();
  disk.flipBit(record.path, (record.position + record.bytes - 1) * 8);
}

test("a plan says which offsets, records and keys go, and which value is seen then", async () => {
  const sound = await makeStore(
    [
      put("a", "old"),
      put("b", "old"),
      // Offsets 3 to 6: the batch and what follows it are one group.
      (store) => Promise.all([batch(store), put("b", "new")(store)]),
      put("e", "newer"),
      large,
    ],
    "closed",
  );
  const disk = sound.disk.clone();
  damageRecord(disk, sound, 3);
  const plan = await planOn(disk);
  const [first] = segmentsOf(sound.disk);
  const { position = 0, bytes = 0 } = sound.groups.find(({ nextOffset }) => nextOffset === 7) ?? {};
  const reason = expect.stringMatching(/^the record at byte \d+ does not fit its checksum/);
  deepStrictEqual(plan.manifests, []);
  expect(plan.databases).toMatchObject([
    {
      name: "one",
      lost: [{ from: 3, to: 4 }],
      // The rest of the batch that is lost, as a batch is all or nothing.
      dropped: [
        { offset: 4, kind: "delete", collection: "c", key: "a" },
        { offset: 5, kind: "put", collection: "c", key: "e" },
      ],
      affectedKeys: [
        { collection: "c", key: "a", offset: 4, isCertain: true, valueOffset: 1 },
        { collection: "d", key: "batched", offset: 3, isCertain: false, valueOffset: null },
      ],
      files: [
        { path: first, action: "rewrite", damage: [{ position, bytes, reason }], salvaged: 1 },
        { path: segmentsOf(sound.disk)[1], action: "rewrite", damage: [], salvaged: 0 },
      ],
      endOffset: sound.endOffset,
    },
  ]);
  deepStrictEqual(JSON.parse(JSON.stringify(plan)), plan);
  await expectRepaired(sound, disk, plan, "the plan");
});

test("a plan that the directory has outgrown is refused, and so is one for a store that is open", async () => {
  const sound = await makeStore(layouts["as it was written"] ?? fail(), "closed");
  const idle = await planOn(sound.disk);
  deepStrictEqual(idle, {
    directory: dataDirectory,
    isNeeded: false,
    manifests: [],
    databases: [],
  });
  deepStrictEqual(await repairOn(sound.disk, idle), {
    plan: idle,
    originals: undefined,
    storeId: undefined,
  });
  damageRecord(sound.disk, sound, 2);
  const plan = await planOn(sound.disk);
  damageRecord(sound.disk, sound, 8);
  const before = filesBelow(sound.disk, "");
  await expect(repairOn(sound.disk, plan)).rejects.toMatchObject({ code: "REPAIR_PLAN_OUTDATED" });
  deepStrictEqual(filesBelow(sound.disk, ""), before);

  const machine = new SimulatedMachine();
  const locker = processLocalLocker();
  const store = await machine.open({ locker });
  const options = { fileSystem: machine.disk, locker };
  await expect(planRepair(dataDirectory, options)).rejects.toMatchObject({ code: "LOCKED" });
  await expect(repair(dataDirectory, plan, options)).rejects.toMatchObject({ code: "LOCKED" });
  await store.close();
});

test("a replica that has lost records is none any more, and what was derived from its log goes", async () => {
  const machine = new SimulatedMachine();
  const store = await machine.open();
  await store.becomeReplicaOf("a leader");
  await put("a", 1)(store);
  await put("b", 1)(store);
  await store.close();
  const { disk } = machine;
  const derived = `${dataDirectory}/databases/one/00000000000000000002.checkpoint`;
  disk.writeBytes(derived, Uint8Array.of(1));
  disk.flipBit(segmentsOf(disk)[0] ?? fail(), 8 * 200);
  const { originals, storeId } = await repairOn(disk, await planOn(disk));
  equal(originals, `${dataDirectory}.damaged`);
  const names = disk.fileNames();
  for (const path of [`${dataDirectory}/REPLICA`, derived]) {
    ok(!names.includes(path), path);
    ok(names.includes(path.replace(dataDirectory, originals)), path);
  }
  await using repaired = await openAt(disk, dataDirectory);
  equal(repaired.replicaOf, undefined);
  notEqual(storeId, store.id);
  deepStrictEqual(
    repaired.database("one").open?.log.epochs.starts.map(({ epoch }) => epoch),
    [1, 2],
  );
});

test("a crash at any operation of a repair leaves it to be done again, or done", async () => {
  const sound = await makeStore(layouts["as it was written"] ?? fail(), "closed");
  const damaged = sound.disk.clone();
  for (const offset of [3, sound.endOffset - 2]) damageRecord(damaged, sound, offset);
  damaged.flipBit(`${dataDirectory}/databases/one/END`, 8);
  const derived = `${dataDirectory}/databases/one/00000000000000000002.checkpoint`;
  damaged.writeBytes(derived, Uint8Array.of(1));
  const plan = await planOn(damaged);
  ok((plan.databases[0]?.files.length ?? 0) > 1);
  const left = sound.records.filter((record) => !isLost(plan, sound, record));
  const expected = contentsOfRecords(left);
  const originals = filesBelow(damaged, dataDirectory);
  let [done, again] = [0, 0];
  await interruptEverywhere(
    damaged,
    async (fileSystem) => repairOn(fileSystem, await planOn(fileSystem)),
    async (disk, isDone, place) => {
      const opened = await contentsAt(disk.clone(), dataDirectory).catch((error: unknown) => {
        if (!(error instanceof CorruptionError)) throw new Error(place, { cause: error });
        return undefined;
      });
      ok(opened !== undefined || !isDone, place);
      ok(opened === undefined || !disk.fileNames().includes(derived), place);
      if (opened === undefined) {
        again++;
        const next = await planOn(disk);
        ok(next.isNeeded, place);
        await repairOn(disk, next);
      } else {
        done++;
      }
      const contents = await contentsAt(disk, dataDirectory);
      deepStrictEqual(contents["one"]?.collections, expected, place);
      const everything = new Set(filesBelow(disk, "/srv").values());
      for (const [path, bytes] of originals) ok(everything.has(bytes), `${place}: ${path}`);
    },
  );
  ok(done > 0 && again > 0);
});
