import { beforeEach, describe, expect, test } from "vitest";

import { CorruptionError, EngineError, FormatError } from "../errors.ts";
import { MemoryFileSystem } from "../filesystem/memory-filesystem.ts";

import {
  databaseManifestName,
  readDatabaseManifest,
  readStoreManifest,
  storeManifestName,
  writeManifest,
} from "./manifest.ts";

const storeManifest = { kind: "store", id: "3f0c-é" } as const;
const databaseManifest = {
  kind: "database",
  name: "app",
  id: "77aa",
  logId: 4_294_967_295,
} as const;
const storePath = `/d/${storeManifestName}`;

let disk: MemoryFileSystem;

beforeEach(async () => {
  disk = new MemoryFileSystem();
  await disk.makeDirectory("/d");
  await disk.syncDirectory("/");
  await writeManifest(disk, "/d", storeManifestName, storeManifest);
});

test("a manifest is read as it was written, and is durable", async () => {
  await writeManifest(disk, "/d", databaseManifestName, databaseManifest);
  const after = disk.crash();
  expect(await readStoreManifest(after, "/d")).toMatchObject(storeManifest);
  expect(await readDatabaseManifest(after, "/d")).toMatchObject(databaseManifest);
});

test("it is text that people can read, with its checksum behind it", () => {
  const text = Buffer.from(disk.readBytes(storePath)).toString("utf8");
  expect(text).toMatch(/^\{"format":1,"kind":"store","id":"3f0c-é".*\}\n[0-9a-f]{8}\n$/);
});

test("what an interrupted attempt has left does not keep it from being written", async () => {
  const next = new MemoryFileSystem();
  next.writeBytes(`${storePath}.new`, Buffer.from("half a mani"));
  await writeManifest(next, "/d", storeManifestName, storeManifest);
  expect(await readStoreManifest(next, "/d")).toMatchObject(storeManifest);
  expect(next.fileNames()).toEqual([storePath]);
});

describe("damage", () => {
  test("every flipped bit is noticed", async () => {
    const bits = disk.readBytes(storePath).byteLength * 8;
    for (let bit = 0; bit < bits; bit++) {
      disk.flipBit(storePath, bit);
      await expect(readStoreManifest(disk, "/d"), `bit ${bit}`).rejects.toThrow(CorruptionError);
      disk.flipBit(storePath, bit);
    }
    expect(await readStoreManifest(disk, "/d")).toMatchObject(storeManifest);
  });

  test("every cut is noticed, and bytes behind the end too", async () => {
    const bytes = disk.readBytes(storePath);
    for (let size = 0; size < bytes.byteLength; size++) {
      disk.writeBytes(storePath, bytes.subarray(0, size));
      await expect(readStoreManifest(disk, "/d"), `${size} bytes`).rejects.toThrow(CorruptionError);
    }
    disk.writeBytes(storePath, Buffer.concat([bytes, Buffer.from("\n")]));
    await expect(readStoreManifest(disk, "/d")).rejects.toThrow(CorruptionError);
  });
});

describe("another manifest", () => {
  const writeAs = async (manifest: object): Promise<void> => {
    await disk.remove(storePath);
    await writeManifest(disk, "/d", storeManifestName, manifest as typeof storeManifest);
  };

  test("of another kind is refused", async () => {
    await writeAs(databaseManifest);
    await expect(readStoreManifest(disk, "/d")).rejects.toMatchObject({ code: "NOT_A_STORE" });
  });

  test("of another format is refused, and its number is told", async () => {
    await writeAs({ ...storeManifest, format: 2 });
    const read = readStoreManifest(disk, "/d");
    await expect(read).rejects.toThrow(FormatError);
    await expect(read).rejects.toThrow(/format 2, this version of BoxerDB reads format 1/);
  });

  test("without what belongs into it is refused", async () => {
    await writeAs({ kind: "store" });
    await expect(readStoreManifest(disk, "/d")).rejects.toThrow(EngineError);
  });
});
