/** Backs up directories that nothing has open, and checks backups. */
import { deepStrictEqual, equal, ok, rejects } from "node:assert/strict";

import {
  backUpDirectory,
  CorruptionError,
  DirectoryNotEmptyError,
  FormatError,
  InvalidBackupError,
  LockedError,
  open,
  planRepair,
  processLocalLocker,
  restoreBackup,
  verifyBackup,
  verifyDirectory,
  type DirectoryLocker,
} from "@boxerdb/engine";
import { test } from "vitest";

import { contentsAt, filesBelow, keysOf, openAt } from "./interrupted-work.ts";
import { ManualClock } from "./manual-clock.ts";
import { dataDirectory, SimulatedMachine } from "./simulated-machine.ts";

const backupDirectory = "/mnt/backup";

async function makeMachine(): Promise<SimulatedMachine> {
  const machine = new SimulatedMachine();
  const store = await machine.open();
  const one = store.database("one").collection("c");
  for (const key of "abcabdabe") await one.put(key, key.repeat(1_300));
  await store.compact();
  await store.database("Two").collection("d").put("k", [null]);
  await store.close();
  return machine;
}

const backUp = ({ disk: fileSystem }: SimulatedMachine, locker: DirectoryLocker) =>
  backUpDirectory(dataDirectory, backupDirectory, { fileSystem, locker, clock: new ManualClock() });

test("a directory is backed up, as it is and without a change to it", async () => {
  const machine = await makeMachine();
  const { disk: fileSystem } = machine;
  const before = filesBelow(fileSystem, dataDirectory);
  const report = await backUp(machine, processLocalLocker());
  deepStrictEqual(filesBelow(fileSystem, dataDirectory), before);
  deepStrictEqual(
    report.databases.map(({ name, offset }) => [name, offset]),
    [
      ["Two", 2],
      ["one", 10],
    ],
  );
  equal(report.linkedBytes, 0);
  const checked = await verifyBackup(backupDirectory, { fileSystem });
  deepStrictEqual(checked.databases, report.databases);
  equal(checked.files.length, report.files);
  await restoreBackup(backupDirectory, "/srv/restored", { fileSystem, clock: new ManualClock() });
  deepStrictEqual(
    keysOf(await contentsAt(fileSystem, "/srv/restored")),
    keysOf(await contentsAt(fileSystem, dataDirectory)),
  );
});

test("of two restores into one directory at once, one is whole and the other refused", async () => {
  const machine = await makeMachine();
  const { disk: fileSystem } = machine;
  await backUp(machine, processLocalLocker());
  const restore = () =>
    restoreBackup(backupDirectory, "/srv/shared", { fileSystem, clock: new ManualClock() });
  const results = await Promise.allSettled([restore(), restore()]);
  const refused = results.flatMap((result) => (result.status === "rejected" ? result.reason : []));
  equal(refused.length, 1);
  ok(refused[0] instanceof DirectoryNotEmptyError);
  deepStrictEqual(
    keysOf(await contentsAt(fileSystem, "/srv/shared")),
    keysOf(await contentsAt(fileSystem, dataDirectory)),
  );
});

test("what was acknowledged before the process was killed is in the backup", async () => {
  const machine = new SimulatedMachine();
  const store = await machine.open();
  await store.database("one").collection("c").put("last", 1);
  const killed = new SimulatedMachine(machine.disk.crash());
  await backUp(killed, processLocalLocker());
  const contents = await contentsAt(killed.disk, backupDirectory);
  deepStrictEqual(
    contents["one"]?.collections["c"]?.map(({ key }) => key),
    ["last"],
  );
});

test("a directory that is in use, no store, or damaged is refused", async () => {
  const machine = await makeMachine();
  const { disk } = machine;
  const locker = processLocalLocker();
  const lock = await locker(dataDirectory, () => {});
  await rejects(backUp(machine, locker), LockedError);
  await lock.release();
  await rejects(
    backUpDirectory("/srv", backupDirectory, { fileSystem: disk, locker }),
    FormatError,
  );
  await rejects(planRepair("/srv", { fileSystem: disk, locker }), FormatError);
  await rejects(verifyDirectory("/srv", { fileSystem: disk }), FormatError);
  const segment = [...filesBelow(disk, dataDirectory).keys()].find((path) => path.endsWith(".log"));
  ok(segment !== undefined);
  const file = await disk.open(segment, "write");
  await file.write(Buffer.from([0xff, 0xff]), 200);
  await file.close();
  await rejects(backUp(machine, locker), CorruptionError);
  equal(disk.fileNames().filter((path) => path.startsWith(backupDirectory)).length, 0);
});

test("a backup that was changed, or of which a file is missing or too many, is told", async () => {
  const machine = await makeMachine();
  await backUp(machine, processLocalLocker());
  const { disk } = machine;
  const files = [...filesBelow(disk, `${backupDirectory}/databases`).keys()];
  const changes = [
    async (fileSystem: typeof disk) => fileSystem.remove(files[0] ?? ""),
    async (fileSystem: typeof disk) => {
      const file = await fileSystem.open(files[0] ?? "", "write");
      await file.write(Buffer.from("X"), 0);
      await file.close();
    },
    async (fileSystem: typeof disk) =>
      (await fileSystem.open(`${files[0]}.more`, "create")).close(),
    async (fileSystem: typeof disk) => fileSystem.remove(`${backupDirectory}/BACKUP`),
  ];
  for (const change of changes) {
    const fileSystem = disk.clone();
    await change(fileSystem);
    await rejects(verifyBackup(backupDirectory, { fileSystem }), InvalidBackupError);
  }
  await rejects(backUp(machine, processLocalLocker()), DirectoryNotEmptyError);
});

test("a store is only made where it may be", async () => {
  const machine = await makeMachine();
  const { disk: fileSystem } = machine;
  const options = { fileSystem, locker: processLocalLocker(), createIfMissing: false };
  await rejects(open("/srv/nothing", options), FormatError);
  equal((await fileSystem.list("/srv")).length, 1);
  await (await open(dataDirectory, options)).close();
  await (await openAt(fileSystem, "/srv/new")).close();
});
