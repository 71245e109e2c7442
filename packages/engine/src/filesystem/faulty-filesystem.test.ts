import { describe, expect, it } from "vitest";

import { describeFileSystem } from "../../test/filesystem-contract.ts";

import { type FaultInjector, FaultyFileSystem, type Operation } from "./faulty-filesystem.ts";
import { type FileSystem, writeFully } from "./filesystem.ts";
import { MemoryFileSystem } from "./memory-filesystem.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (filesystem: MemoryFileSystem, path: string): string =>
  new TextDecoder().decode(filesystem.readBytes(path));

describeFileSystem("FaultyFileSystem without faults", async () => {
  const filesystem = new FaultyFileSystem(new MemoryFileSystem());
  await filesystem.makeDirectory("data");
  return { filesystem, directory: "data" };
});

/** One operation of each kind, and some reads between. */
async function workload(filesystem: FileSystem): Promise<void> {
  await filesystem.makeDirectory("/d");
  const file = await filesystem.open("/d/a", "create");
  await writeFully(file, bytesOf("hello"), 0);
  await file.read(new Uint8Array(2), 0);
  await file.size();
  await file.truncate(4);
  await file.datasync();
  await file.close();
  await filesystem.rename("/d/a", "/d/b");
  await filesystem.link("/d/b", "/d/c");
  await filesystem.list("/d");
  await filesystem.syncDirectory("/d");
  await (await filesystem.open("/d/b", "write")).close();
  await (await filesystem.open("/d/b", "read")).close();
  await filesystem.remove("/d/b");
  await filesystem.removeTree("/d");
}

const smallWorkload: readonly Operation[] = [
  { index: 0, kind: "makeDirectory", path: "/d" },
  { index: 1, kind: "create", path: "/d/a" },
  { index: 2, kind: "write", path: "/d/a", bytes: 5 },
  { index: 3, kind: "truncate", path: "/d/a", bytes: 4 },
  { index: 4, kind: "datasync", path: "/d/a" },
  { index: 5, kind: "rename", path: "/d/a", to: "/d/b" },
  { index: 6, kind: "link", path: "/d/b", to: "/d/c" },
  { index: 7, kind: "syncDirectory", path: "/d" },
  { index: 8, kind: "open", path: "/d/b" },
  { index: 9, kind: "remove", path: "/d/b" },
  { index: 10, kind: "removeTree", path: "/d" },
];

describe("FaultyFileSystem", () => {
  it("records what changes something, and asks about reads too", async () => {
    const asked: Operation[] = [];
    const filesystem = new FaultyFileSystem(new MemoryFileSystem(), (operation) => {
      asked.push(operation);
      return undefined;
    });
    await workload(filesystem);
    expect(filesystem.operations).toEqual(smallWorkload);
    expect(asked.filter(({ kind }) => kind !== "read")).toEqual(smallWorkload);
    expect(asked.filter(({ kind }) => kind === "read")).toEqual([
      { index: 3, kind: "read", path: "/d/a", bytes: 2 },
      { index: 3, kind: "read", path: "/d/a" },
      { index: 7, kind: "read", path: "/d" },
      { index: 9, kind: "read", path: "/d/b" },
    ]);
  });

  it("crashes before any operation, so that none after it is seen", async () => {
    for (const { index } of smallWorkload) {
      const inner = new FaultyFileSystem(new MemoryFileSystem());
      const filesystem = new FaultyFileSystem(inner, (operation) =>
        operation.index === index && operation.kind !== "read" ? "crash" : undefined,
      );
      await expect(workload(filesystem)).rejects.toMatchObject({ name: "CrashedError" });
      await expect(filesystem.list("/")).rejects.toMatchObject({ name: "CrashedError" });
      expect(inner.operations).toEqual(smallWorkload.slice(0, index));
      expect(filesystem.operations).toEqual(smallWorkload.slice(0, index + 1));
    }
  });

  it("fails handles of before the crash, except for close", async () => {
    let crash = false;
    const memory = new MemoryFileSystem();
    memory.writeBytes("/f", bytesOf("hello"));
    const filesystem = new FaultyFileSystem(memory, () => (crash ? "crash" : undefined));
    const file = await filesystem.open("/f", "read");
    crash = true;
    expect(() => file.readSync(new Uint8Array(1), 0)).toThrow(/lost power/);
    crash = false;
    await expect(file.read(new Uint8Array(1), 0)).rejects.toMatchObject({ name: "CrashedError" });
    await file.close();
  });

  it("crashes within a write, at any byte of it", async () => {
    for (let bytes = 0; bytes <= 5; bytes += 1) {
      const memory = new MemoryFileSystem();
      const filesystem = new FaultyFileSystem(memory, ({ kind }) =>
        kind === "write" ? { crashAfterBytes: bytes } : undefined,
      );
      await expect(workload(filesystem)).rejects.toMatchObject({ name: "CrashedError" });
      expect(textOf(memory.crash({ keep: () => true }), "/d/a")).toBe("hello".slice(0, bytes));
      expect(filesystem.operations).toEqual(smallWorkload.slice(0, 3));
    }
  });

  it("takes a part of a write", async () => {
    const memory = new MemoryFileSystem();
    const filesystem = new FaultyFileSystem(memory, ({ kind }) =>
      kind === "write" ? { short: 2 } : undefined,
    );
    const file = await filesystem.open("/f", "create");
    expect(await file.write(bytesOf("hello"), 0)).toBe(2);
    expect(textOf(memory, "/f")).toBe("he");
    await writeFully(file, bytesOf("hello"), 0);
    expect(textOf(memory, "/f")).toBe("hello");
  });

  it("fails with the error it is given, and goes on afterwards", async () => {
    const memory = new MemoryFileSystem();
    const ioError = Object.assign(new Error("EIO: i/o error, fdatasync"), { code: "EIO" });
    let faults: FaultInjector = ({ kind }) => (kind === "datasync" ? ioError : undefined);
    const filesystem = new FaultyFileSystem(memory, (operation) => faults(operation));
    const file = await filesystem.open("/f", "create");
    await expect(file.datasync()).rejects.toBe(ioError);
    faults = () => undefined;
    await file.datasync();
    faults = ({ kind }) => (kind === "read" ? ioError : undefined);
    await expect(file.read(new Uint8Array(1), 0)).rejects.toBe(ioError);
    expect(() => file.readSync(new Uint8Array(1), 0)).toThrow(ioError);
  });

  it("says so when a fault for writes is injected elsewhere", async () => {
    const filesystem = new FaultyFileSystem(new MemoryFileSystem(), () => ({ short: 1 }));
    await expect(filesystem.open("/f", "create")).rejects.toThrow(/only a write can be short/);
  });
});
