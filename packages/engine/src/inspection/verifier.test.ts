import { expect, test } from "vitest";

import { MemoryFileSystem } from "../filesystem/memory-filesystem.ts";
import { processLocalLocker } from "../lock/directory-locker.ts";
import { open } from "../store/open-store.ts";

import { inspect, type InspectedItem } from "./inspector.ts";
import { verifyDirectory } from "./verifier.ts";

const directory = "/data";
const logPath = `${directory}/databases/app/00000000000000000000.log`;

/** A store with a put, a delete and a batch, closed unless told otherwise. */
async function makeStore(end: "closed" | "killed" = "closed"): Promise<MemoryFileSystem> {
  const fileSystem = new MemoryFileSystem();
  const store = await open(directory, { fileSystem, locker: processLocalLocker() });
  const users = store.database("app").collection("users");
  await users.put("ada", { name: "Ada" });
  await users.delete("ada");
  await store.database("app").batch([
    { op: "put", collection: "users", key: "b", value: [1, null] },
    { op: "put", collection: "other", key: "ü", value: Uint8Array.of(1, 2) },
  ]);
  const killed = fileSystem.clone();
  await store.close();
  return end === "closed" ? fileSystem : killed;
}

test("a sound store is told record by record", async () => {
  const fileSystem = await makeStore();
  const items = await Array.fromAsync(inspect(directory, { fileSystem }));
  const records = items.flatMap((item) => (item.type === "record" ? item : []));
  const told = ({
    kind,
    offset,
    collection,
    key,
    value,
    batchRemaining,
  }: (typeof records)[number]) => [kind, offset, `${collection}/${key}`, value, batchRemaining];
  expect(records.map(told)).toEqual([
    ["epoch", 0, "/", null, 0],
    ["put", 1, "users/ada", { name: "Ada" }, 0],
    ["delete", 2, "users/ada", null, 0],
    ["put", 3, "users/b", [1, null], 1],
    ["put", 4, "other/ü", Buffer.of(1, 2), 0],
  ]);
  // What is listed adds up to the file: header, then groups, which hold the records.
  const top = items.filter(({ type }) => type !== "record");
  const bytes = top.reduce((sum, item) => sum + item.bytes, 0);
  expect(bytes).toBe(fileSystem.readBytes(logPath).byteLength);
  const path = `${directory}/databases/app/00000000000000000005.checkpoint`;
  const checkpoint = { path, bytes: fileSystem.readBytes(path).byteLength, damage: undefined };
  const counts = { files: 1, groups: 5, records: 5, bytes, endOffset: 5 };
  expect(await verifyDirectory(directory, { fileSystem })).toEqual({
    ok: true,
    databases: [{ name: "app", ...counts, damage: [], checkpoints: [checkpoint] }],
  });
  const ofAnother = await Array.fromAsync(inspect(directory, { fileSystem, database: "b" }));
  expect(ofAnother).toEqual([]);
});

test("a checkpoint that is not as written is told, and is no damage to the store", async () => {
  const fileSystem = await makeStore();
  const path = `${directory}/databases/app/00000000000000000005.checkpoint`;
  const size = fileSystem.readBytes(path).byteLength;
  // A few bytes, and then pages that are empty for the most part.
  for (let position = 0; position < size; position += position < 400 ? 1 : 97) {
    fileSystem.flipBit(path, position * 8 + (position % 8));
    const { ok, databases } = await verifyDirectory(directory, { fileSystem });
    fileSystem.flipBit(path, position * 8 + (position % 8));
    expect(ok).toBe(true);
    const damage = databases.flatMap(({ checkpoints }) => checkpoints.map(({ damage }) => damage));
    expect(damage, `byte ${position}`).toEqual([expect.any(String)]);
  }
});

/** What damage is found, as a verdict and a reason. */
async function damageOf(fileSystem: MemoryFileSystem): Promise<[boolean, string][]> {
  const { ok, databases } = await verifyDirectory(directory, { fileSystem });
  const damage = databases.flatMap((database) => database.damage);
  expect(ok).toBe(damage.every(({ isTornTail }) => isTornTail));
  return damage.map(({ isTornTail, reason }): [boolean, string] => [isTornTail, reason]);
}

const cutBy = (fileSystem: MemoryFileSystem, count: number): void =>
  fileSystem.writeBytes(logPath, fileSystem.readBytes(logPath).slice(0, -count));

test("a write that a crash cut short is no damage", async () => {
  const fileSystem = await makeStore("killed");
  cutBy(fileSystem, 1);
  expect(await damageOf(fileSystem)).toEqual([[true, "the file ends within a group"]]);
});

test("a bit that has flipped is damage, and so is what is missing after a clean close", async () => {
  const flipped = await makeStore();
  flipped.flipBit(logPath, 8 * 200);
  expect(await damageOf(flipped)).toEqual([[false, expect.any(String)]]);

  const cut = await makeStore();
  cutBy(cut, 100);
  expect(await damageOf(cut)).toEqual([
    [false, expect.stringContaining("offsets below 5 are missing, which were durable")],
  ]);

  const lost = await makeStore();
  await lost.remove(logPath);
  expect(await damageOf(lost)).toEqual([[false, "its segment files are missing"]]);
});

test("zeros behind the last group are space that is not used yet", async () => {
  const zeros = (fileSystem: MemoryFileSystem, from: number): void => {
    const bytes = fileSystem.readBytes(logPath);
    fileSystem.writeBytes(logPath, Buffer.concat([bytes.slice(0, from), Buffer.alloc(5_000)]));
  };
  const prepared = await makeStore("killed");
  const size = prepared.readBytes(logPath).byteLength;
  zeros(prepared, size);
  expect(await damageOf(prepared)).toEqual([]);
  const items = await Array.fromAsync(inspect(directory, { fileSystem: prepared }));
  expect(items.at(-1)).toEqual({
    type: "unused",
    database: "app",
    path: logPath,
    position: size,
    bytes: 5_000,
  });

  // Not where there is something behind them, nor where something was that is known to be durable.
  const torn = await makeStore("killed");
  zeros(torn, size);
  torn.flipBit(logPath, 8 * (size + 4_999));
  expect(await damageOf(torn)).toEqual([[true, "no valid group begins here"]]);
  const lost = await makeStore();
  zeros(lost, lost.readBytes(logPath).byteLength - 100);
  expect(await damageOf(lost)).toEqual([
    [false, expect.stringContaining("offsets below 5 are missing, which were durable")],
  ]);
});

test("damage is not the end of what is told of other databases", async () => {
  const fileSystem = new MemoryFileSystem();
  const locker = processLocalLocker();
  const store = await open(directory, { fileSystem, locker });
  for (const name of ["app", "b"]) await store.database(name).collection("c").put("k", name);
  await store.close();
  fileSystem.flipBit(logPath, 8 * 200);
  const items: InspectedItem[] = await Array.fromAsync(inspect(directory, { fileSystem }));
  const told = items.flatMap((item) =>
    item.type === "record" ? `${item.database}/${item.key}` : [],
  );
  expect(told).toContain("b/k");
});
