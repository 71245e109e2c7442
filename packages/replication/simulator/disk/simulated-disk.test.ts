import type { FileHandle, FileSystem } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { Randomness } from "../randomness.ts";
import { SimulatedProcess } from "../time/simulated-process.ts";
import { SimulatedTime } from "../time/simulated-time.ts";
import { Transcript } from "../transcript.ts";

import { SimulatedDisk } from "./simulated-disk.ts";

const start = (seed: number) => {
  const time = new SimulatedTime();
  const disk = new SimulatedDisk({
    time,
    randomness: Randomness.ofSeed(seed),
    transcript: new Transcript(time),
    machine: "n1",
  });
  const process = new SimulatedProcess("n1");
  return { time, disk, process, fileSystem: disk.fileSystemFor(process) };
};

/** A file "log" whose name is durable. */
async function createLog(fileSystem: FileSystem): Promise<FileHandle> {
  const file = await fileSystem.open("log", "create");
  await fileSystem.syncDirectory("/");
  return file;
}

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const textIn = (disk: SimulatedDisk): string =>
  new TextDecoder().decode(disk.content.readBytes("log"));

test("operations take virtual time, longer where the disk is slow", async () => {
  const durations = [];
  for (const slowness of [1, 100]) {
    const { time, disk, fileSystem } = start(1);
    disk.slowness = slowness;
    let doneMs = 0;
    void createLog(fileSystem).then(() => (doneMs = time.nowMs));
    await time.run(60_000);
    durations.push(doneMs);
  }
  const [usual = 0, slow = 0] = durations;
  expect(usual).toBeGreaterThan(0.1);
  expect(slow).toBeCloseTo(usual * 100);
});

test("a power cut keeps what was synced, and of the rest now this and now that", async () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 60; seed += 1) {
    const { time, disk, process, fileSystem } = start(seed);
    const write = async (): Promise<void> => {
      const file = await createLog(fileSystem);
      await file.writeDurably(bytes("synced"), 0);
      expect(textIn(disk)).toBe("synced");
      await file.write(bytes("!"), 6);
      process.die("power lost");
    };
    void write();
    await time.run(60_000);
    outcomes.add(textIn(disk));
  }
  expect([...outcomes].toSorted()).toEqual(["synced", "synced\0", "synced!"]);
});

test("a kill loses nothing that was written, but after a failed sync all may be lost", async () => {
  const outcomes = { usual: new Set<string>(), failed: new Set<string>() };
  for (let seed = 0; seed < 40; seed += 1) {
    for (const syncs of ["usual", "failed"] as const) {
      const { time, disk, process, fileSystem } = start(seed);
      const write = async (): Promise<void> => {
        const file = await createLog(fileSystem);
        await file.write(bytes("x"), 0);
        if (syncs === "failed") {
          disk.failureRates = { read: 0, write: 0, sync: 1 };
          await expect(file.datasync()).rejects.toThrow("EIO");
          disk.failureRates = { read: 0, write: 0, sync: 0 };
          // What the kernel says now is not true.
          await file.datasync();
        }
        process.die("killed");
      };
      void write();
      await time.run(60_000);
      outcomes[syncs].add(textIn(disk));
    }
  }
  expect([...outcomes.usual]).toEqual(["x"]);
  expect(outcomes.failed).toContain("");
  expect(outcomes.failed).toContain("x");
});

test("of what a dead process was about to do nothing comes back, and it is done or not done", async () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 20; seed += 1) {
    const { time, disk, process, fileSystem } = start(seed);
    let cameBack = false;
    const write = async (): Promise<void> => {
      const file = await createLog(fileSystem);
      const writing = file.write(bytes("x"), 0);
      process.die("killed");
      await writing;
      cameBack = true;
    };
    void write();
    await time.run(60_000);
    expect(cameBack).toBe(false);
    outcomes.add(textIn(disk));
  }
  expect([...outcomes].toSorted()).toEqual(["", "x"]);
});

test("what a dead process had asked for is not done after its death", async () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 20; seed += 1) {
    const { time, disk, process, fileSystem } = start(seed);
    const rename = async (): Promise<void> => {
      await createLog(fileSystem);
      void fileSystem.rename("log", "renamed");
      process.die("killed");
    };
    let atDeath: readonly string[] = [];
    process.onDeath(() => (atDeath = disk.content.fileNames()));
    void rename();
    await time.run(60_000);
    expect(disk.content.fileNames()).toEqual(atDeath);
    outcomes.add(atDeath.join(","));
  }
  expect([...outcomes].toSorted()).toEqual(["/log", "/renamed"]);
});

test("writes are taken in part now and then, and durable ones as a whole all the same", async () => {
  const { time, disk, fileSystem } = start(4);
  const taken = new Set<number>();
  const write = async (): Promise<void> => {
    const file = await createLog(fileSystem);
    for (let round = 0; round < 500; round += 1) taken.add(await file.write(bytes("abcd"), 0));
    for (let round = 0; round < 500; round += 1) {
      await file.truncate(0);
      await file.writeDurably(bytes("abcd"), 0);
      expect(textIn(disk)).toBe("abcd");
    }
    taken.add(1_000);
  };
  void write();
  await time.run(600_000);
  expect([...taken].toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 1_000]);
});

test("a write that fails may be done all the same", async () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 20; seed += 1) {
    const { time, disk, fileSystem } = start(seed);
    const write = async (): Promise<void> => {
      const file = await createLog(fileSystem);
      disk.failureRates = { read: 0, write: 1, sync: 0 };
      await expect(file.write(bytes("x"), 0)).rejects.toThrow("EIO");
      outcomes.add(textIn(disk));
    };
    void write();
    await time.run(60_000);
  }
  expect([...outcomes].toSorted()).toEqual(["", "x"]);
});

test("a full disk takes what still fits, and all again once there is room", async () => {
  const { time, disk, fileSystem } = start(5);
  const seen: unknown[] = [];
  const write = async (): Promise<void> => {
    const file = await createLog(fileSystem);
    await file.writeDurably(bytes("abc"), 0);
    disk.fill(2);
    seen.push(await file.write(bytes("def"), 3));
    seen.push(await file.write(bytes("f"), 5).catch((error: unknown) => error));
    disk.free();
    seen.push(await file.write(bytes("f"), 5));
  };
  void write();
  await time.run(60_000);
  expect(seen).toEqual([2, expect.objectContaining({ code: "ENOSPC" }), 1]);
  expect(textIn(disk)).toBe("abcdef");
});

test("a rotten bit is one bit of one file, and a replaced disk is empty", async () => {
  const { disk } = start(6);
  expect(disk.rot(() => true)).toBeUndefined();
  disk.content.writeBytes("log", new Uint8Array(100));
  expect(disk.rot((path) => path !== "/log")).toBeUndefined();
  const rotten = disk.rot(() => true);
  expect(rotten?.path).toBe("/log");
  const flipped = disk.content.readBytes("log");
  expect(flipped[Math.floor((rotten?.bit ?? 0) / 8)]).toBe(1 << ((rotten?.bit ?? 0) % 8));
  expect(flipped.filter((byte) => byte !== 0).length).toBe(1);
  disk.replace();
  expect(disk.content.fileNames()).toEqual([]);
});
