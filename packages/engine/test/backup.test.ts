/**
 * Backs up and restores, on a disk in memory: whatever the store holds is in the copy, and a machine
 * that stops at any operation on files leaves a copy that is whole or that nobody takes for one.
 */
import { deepStrictEqual, equal, notEqual, ok, rejects } from "node:assert/strict";

import {
  InvalidBackupError,
  restoreBackup,
  verifyDirectory,
  type BackupReport,
  type FileSystem,
  type Store,
} from "@boxerdb/engine";
import { expect, test } from "vitest";

import {
  contentsAt,
  cuts,
  filesBelow,
  ignoreCrash,
  interruptEverywhere,
  isWholeOrRefused,
  keysOf,
  openAt,
} from "./interrupted-work.ts";
import { ManualClock } from "./manual-clock.ts";
import { dataDirectory, SimulatedMachine } from "./simulated-machine.ts";
import { contentsOf, type StoreContents } from "./store-contents.ts";

const backupDirectory = "/mnt/backup";
const restoredDirectory = "/srv/restored";

/** Two databases; one with a compacted segment, sealed ones and an active one, a batch and deletions. */
async function makeStore(machine: SimulatedMachine): Promise<Store> {
  const store = await machine.open();
  const one = store.database("one").collection("c");
  for (const key of "abcabdabe") await one.put(key, key.repeat(1_300));
  await one.delete("d");
  await store.compact();
  for (const key of "fgf") await one.put(key, key.repeat(1_700));
  await store.database("one").batch([
    { op: "put", collection: "c", key: "batched", value: 1 },
    { op: "delete", collection: "c", key: "a" },
    { op: "put", collection: "d", key: "bytes", value: Uint8Array.of(1, 2) },
  ]);
  await store
    .database("Two")
    .collection("c")
    .put("k", { list: [1, null] });
  return store;
}

const restore = (fileSystem: FileSystem, to = restoredDirectory) =>
  restoreBackup(backupDirectory, to, { fileSystem, clock: new ManualClock() });

for (const hardLinks of [true, false]) {
  test(`a backup holds what the store held, ${hardLinks ? "linked" : "copied"}`, async () => {
    const machine = new SimulatedMachine();
    const store = await makeStore(machine);
    const contents = await contentsOf(store);
    const told: number[] = [];
    const report = await store.backup(backupDirectory, {
      hardLinks,
      onProgress: (done, total) => {
        ok(done <= total && done >= (told.at(-1) ?? 0));
        told.push(done);
      },
    });
    ok(told.length > 0);
    deepStrictEqual(
      report.databases.map(({ name, offset }) => [name, offset]),
      ["Two", "one"].map((name) => [name, contents[name]?.endOffset]),
    );
    equal(report.linkedBytes > 0, hardLinks);
    equal(
      machine.operations.some(({ kind }) => kind === "link"),
      hardLinks,
    );

    // Whatever becomes of the store, and whatever is written to what was made of the backup.
    const before = filesBelow(machine.disk, backupDirectory);
    await store.database("one").collection("c").put("f", "changed");
    await store.compact();
    await store.close();
    await machine.disk.removeTree(dataDirectory);
    deepStrictEqual(
      (await verifyDirectory(backupDirectory, { fileSystem: machine.disk })).ok,
      true,
    );
    const restored = await restore(machine.disk);
    deepStrictEqual(restored.backup.databases, report.databases);
    const again = await openAt(machine.disk, restoredDirectory);
    deepStrictEqual(keysOf(await contentsOf(again)), keysOf(contents));
    notEqual(again.id, store.id);
    equal(again.id, restored.storeId);
    equal(await again.database("one").collection("c").put("new", 1), 19);
    await again.compact();
    await again.close();
    deepStrictEqual(filesBelow(machine.disk, backupDirectory), before);
  });
}

test("a backup can be opened as it is, without a change to the store that it shares files with", async () => {
  const machine = new SimulatedMachine();
  const store = await makeStore(machine);
  const contents = await contentsOf(store);
  const source = filesBelow(machine.disk, dataDirectory);
  await store.backup(backupDirectory);
  const copy = await openAt(machine.disk, backupDirectory);
  deepStrictEqual(keysOf(await contentsOf(copy)), keysOf(contents));
  notEqual(copy.id, store.id);
  await copy.database("one").collection("c").put("f", "x".repeat(9_000));
  await copy.compact();
  await copy.close();
  deepStrictEqual(filesBelow(machine.disk, dataDirectory), source);
  await rejects(restore(machine.disk), /is not as it was when the backup was made/);
});

test("the logs of a store, its backup and what was restored begin reigns of their own", async () => {
  const machine = new SimulatedMachine();
  const store = await makeStore(machine);
  await store.backup(backupDirectory);
  machine.clock.advance(1);
  await restore(machine.disk);
  await store.close();
  const starts = await Promise.all(
    [dataDirectory, backupDirectory, restoredDirectory].map(async (directory) => {
      await using opened = await openAt(machine.disk, directory);
      return opened.database("one").open?.log.epochs.starts ?? [];
    }),
  );
  deepStrictEqual(
    starts.map((epochs) => epochs.map(({ epoch }) => epoch)),
    [[1], [1, 2], [1, 2, 3]],
  );
  equal(new Set(starts.map((epochs) => epochs[0]?.checksum)).size, 1);
});

test("writes and compactions that go on meanwhile are in the backup from its offset on, or not at all", async () => {
  for (let seed = 0; seed < 30; seed++) {
    const machine = new SimulatedMachine();
    const store = await makeStore(machine);
    const collection = store.database("one").collection("c");
    let turn = seed;
    machine.turnsOfNext = () => (turn = (turn * 7 + 3) % 11) % 4;
    const states = new Map<number, StoreContents>();
    const note = async (): Promise<void> => {
      const contents = await contentsOf(store);
      states.set(contents["one"]?.endOffset ?? 0, contents);
    };
    await note();
    const done = new AbortController();
    const writes = (async () => {
      for (let write = 0; !done.signal.aborted; write++) {
        await collection.put("abcdef"[write % 6] ?? "a", `${write}`.repeat(400));
        await note();
        if (write % 5 === 4) await store.compact();
      }
    })();
    let report: BackupReport;
    try {
      report = await store.backup(backupDirectory);
    } finally {
      done.abort();
      await writes;
    }
    machine.turnsOfNext = () => 0;
    const offset = report.databases.find(({ name }) => name === "one")?.offset ?? -1;
    const expected = states.get(offset);
    ok(expected, `no state was seen at offset ${offset}`);
    await restore(machine.disk);
    const contents = await contentsAt(machine.disk, restoredDirectory);
    deepStrictEqual(keysOf(contents), keysOf(expected), `seed ${seed}`);
    await store.close();
  }
});

test("where files cannot be linked, they are copied; any other failure leaves nothing behind", async () => {
  for (const code of ["EXDEV", "EPERM", "ENOTSUP", "EIO"]) {
    const machine = new SimulatedMachine();
    const store = await makeStore(machine);
    const contents = await contentsOf(store);
    machine.injector = ({ kind }) =>
      kind === "link" ? Object.assign(new Error(`${code}: link`), { code }) : undefined;
    if (code === "EIO") {
      await expect(store.backup(backupDirectory)).rejects.toMatchObject({ code });
      deepStrictEqual(await machine.disk.list(backupDirectory), []);
      machine.injector = () => undefined;
    }
    const report = await store.backup(backupDirectory);
    equal(report.linkedBytes > 0, code === "EIO");
    await restore(machine.disk);
    deepStrictEqual(keysOf(await contentsAt(machine.disk, restoredDirectory)), keysOf(contents));
    await store.close();
  }
});

test("a store that is damaged is not backed up", async () => {
  const machine = new SimulatedMachine();
  const store = await makeStore(machine);
  for (const path of machine.disk.fileNames().filter((name) => name.endsWith(".log"))) {
    machine.disk.flipBit(path, 8 * 150);
    await expect(store.backup(backupDirectory), path).rejects.toMatchObject({ code: "CORRUPT" });
    machine.disk.flipBit(path, 8 * 150);
  }
  await store.backup(backupDirectory);
});

test("what has files is not written to", async () => {
  const machine = new SimulatedMachine();
  const store = await makeStore(machine);
  const refused = { code: "DIRECTORY_NOT_EMPTY" };
  await expect(store.backup(dataDirectory)).rejects.toMatchObject(refused);
  await store.backup(backupDirectory);
  const before = filesBelow(machine.disk, "");
  await expect(store.backup(backupDirectory)).rejects.toMatchObject(refused);
  await expect(restore(machine.disk, dataDirectory)).rejects.toMatchObject(refused);
  await expect(restore(machine.disk, backupDirectory)).rejects.toMatchObject(refused);
  deepStrictEqual(filesBelow(machine.disk, ""), before);
});

test("a backup in which any bit or file is not as it was is not restored", async () => {
  const machine = new SimulatedMachine();
  const store = await machine.open();
  await store.database("one").collection("c").put("a", "b");
  await store.backup(backupDirectory);
  for (const path of filesBelow(machine.disk, backupDirectory).keys()) {
    if (path.endsWith("/STORE")) continue; // Made anew.
    const size = machine.disk.readBytes(path).byteLength;
    for (let bit = 0; bit < size * 8; bit++) {
      const disk = machine.disk.clone();
      disk.flipBit(path, bit);
      await rejects(restore(disk), (error) => isRefusal(error), `bit ${bit} of ${path}`);
      deepStrictEqual([...filesBelow(disk, restoredDirectory).keys()], []);
    }
    const disk = machine.disk.clone();
    await disk.remove(path);
    await rejects(restore(disk), InvalidBackupError, path);
  }
  const more = machine.disk.clone();
  more.writeBytes(`${backupDirectory}/databases/one/${"9".repeat(20)}.log`, Uint8Array.of());
  await rejects(restore(more), InvalidBackupError);
});

const isRefusal = (error: unknown): boolean =>
  error instanceof Error &&
  "code" in error &&
  ["INVALID_BACKUP", "CORRUPT"].includes(String(error.code));

test("a crash at any operation of a backup leaves a backup, or none; and the store as it was", async () => {
  const rehearsal = new SimulatedMachine();
  const rehearsed = await makeStore(rehearsal);
  const contents = await contentsOf(rehearsed);
  const first = rehearsal.operations.length;
  await rehearsed.backup(backupDirectory);
  const operations = rehearsal.operations.length - first;
  let [whole, partial] = [0, 0];
  for (let operation = 0; operation <= operations; operation++) {
    for (const [index, keep] of cuts.entries()) {
      const machine = new SimulatedMachine();
      const store = await makeStore(machine);
      const source = filesBelow(machine.disk, dataDirectory);
      machine.haltAfter(operation, 0.5);
      await store.backup(backupDirectory).catch(ignoreCrash);
      machine.cutPower(keep);
      const place = `operation ${operation}, cut ${index}`;
      deepStrictEqual(filesBelow(machine.disk, dataDirectory), source, place);
      const isWhole = await restore(machine.disk).then(
        () => true,
        (error: unknown) => {
          if (!isRefusal(error)) throw error;
          return false;
        },
      );
      if (operation === operations) ok(isWhole, place);
      if (isWhole) {
        whole++;
        deepStrictEqual(
          keysOf(await contentsAt(machine.disk, restoredDirectory)),
          keysOf(contents),
          place,
        );
      } else {
        partial++;
        await isWholeOrRefused(machine.disk, backupDirectory, contents, place);
      }
    }
  }
  ok(whole > 0 && partial > 0);
});

test("a crash at any operation of a restore leaves a store, or what is not taken for one", async () => {
  const machine = new SimulatedMachine();
  const store = await makeStore(machine);
  const contents = await contentsOf(store);
  await store.backup(backupDirectory);
  await store.close();
  const source = filesBelow(machine.disk, backupDirectory);
  let [whole, partial] = [0, 0];
  await interruptEverywhere(machine.disk, restore, async (after, isDone, place) => {
    deepStrictEqual(filesBelow(after, backupDirectory), source, place);
    const isWhole = await isWholeOrRefused(after, restoredDirectory, contents, place);
    ok(isWhole || !isDone, place);
    if (isWhole) whole++;
    else partial++;
  });
  ok(whole > 0 && partial > 0);
});
