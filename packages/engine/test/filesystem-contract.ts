import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { writeFully, type FileHandle, type FileSystem } from "../src/filesystem/filesystem.ts";

/** A file system to test, and an empty directory in it. */
export interface FileSystemFixture {
  readonly filesystem: FileSystem;
  readonly directory: string;
}

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function textOf(file: FileHandle): Promise<string> {
  const target = new Uint8Array(await file.size());
  expect(await file.read(target, 0)).toBe(target.byteLength);
  return new TextDecoder().decode(target);
}

/** What every implementation of `FileSystem` does, as far as one process without a crash can see. */
export function describeFileSystem(name: string, setUp: () => Promise<FileSystemFixture>): void {
  describe(`${name} as a FileSystem`, () => {
    let filesystem: FileSystem;
    let at: (name: string) => string;
    const open: FileHandle[] = [];

    const create = async (path: string, text = ""): Promise<FileHandle> => {
      const file = await filesystem.open(path, "create");
      open.push(file);
      await writeFully(file, bytesOf(text), 0);
      return file;
    };
    const reopen = async (path: string, mode: "read" | "write"): Promise<FileHandle> => {
      const file = await filesystem.open(path, mode);
      open.push(file);
      return file;
    };

    beforeEach(async () => {
      const fixture = await setUp();
      filesystem = fixture.filesystem;
      at = (path) => `${fixture.directory}/${path}`;
    });
    afterEach(async () => {
      for (const file of open.splice(0)) await file.close();
    });

    it("reads what was written, through the same handle and through another", async () => {
      const file = await create(at("a"), "hello");
      expect(file.path).toBe(at("a"));
      expect(await textOf(file)).toBe("hello");
      expect(await textOf(await reopen(at("a"), "read"))).toBe("hello");
    });

    it("fills the target from the position on, and tells the end", async () => {
      const file = await create(at("a"), "0123456789");
      const target = new Uint8Array(4);
      expect(await file.read(target, 2)).toBe(4);
      expect(target).toEqual(bytesOf("2345"));
      expect(file.readSync(target, 8)).toBe(2);
      expect(target).toEqual(bytesOf("8945"));
      expect(await file.read(target, 10)).toBe(0);
      expect(file.readSync(target, 999)).toBe(0);
      expect(await file.read(new Uint8Array(0), 0)).toBe(0);
      expect(file.readSync(new Uint8Array(0), 0)).toBe(0);
    });

    it("overwrites in place and leaves a gap of zeros behind the end", async () => {
      const file = await create(at("a"), "0123456789");
      expect(await file.write(bytesOf("xy"), 3)).toBe(2);
      expect(await file.write(bytesOf("z"), 12)).toBe(1);
      expect(await textOf(file)).toBe("012xy56789\0\0z");
    });

    it("cuts, and extends with zeros, also where there were other bytes before", async () => {
      const file = await create(at("a"), "0123456789");
      await file.truncate(4);
      expect(await file.size()).toBe(4);
      await file.truncate(6);
      expect(await textOf(file)).toBe("0123\0\0");
      await file.truncate(0);
      await file.write(bytesOf("z"), 2);
      expect(await textOf(file)).toBe("\0\0z");
    });

    it("refuses what is no position", async () => {
      const file = await create(at("a"), "0123456789");
      for (const position of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
        const invalid = { code: "EINVAL" };
        await expect(file.write(bytesOf("x"), position)).rejects.toMatchObject(invalid);
        await expect(file.read(new Uint8Array(1), position)).rejects.toMatchObject(invalid);
        expect(() => file.readSync(new Uint8Array(1), position)).toThrow(/EINVAL/);
      }
      await expect(file.truncate(-1)).rejects.toMatchObject({ code: "EINVAL" });
      expect(await textOf(file)).toBe("0123456789");
    });

    it("takes many small appends", async () => {
      const file = await create(at("a"));
      for (let i = 0; i < 1_000; i += 1) await writeFully(file, Uint8Array.of(i % 256), i);
      await file.datasync();
      const target = new Uint8Array(1_000);
      expect(await file.read(target, 0)).toBe(1_000);
      expect(target).toEqual(Uint8Array.from({ length: 1_000 }, (_, i) => i % 256));
    });

    it("opens for writing only what there is, and creates only what there is not", async () => {
      await create(at("a"));
      await expect(filesystem.open(at("a"), "create")).rejects.toMatchObject({ code: "EEXIST" });
      await expect(filesystem.open(at("b"), "write")).rejects.toMatchObject({ code: "ENOENT" });
      await expect(filesystem.open(at("b"), "read")).rejects.toMatchObject({ code: "ENOENT" });
      await expect(filesystem.open(at("b/c"), "create")).rejects.toMatchObject({ code: "ENOENT" });
      await expect(filesystem.open(at("a/c"), "create")).rejects.toMatchObject({ code: "ENOTDIR" });
      await expect(filesystem.open(at("a/c/d"), "read")).rejects.toMatchObject({ code: "ENOTDIR" });
    });

    it("refuses to write through a handle for reading", async () => {
      await create(at("a"), "hello");
      const file = await reopen(at("a"), "read");
      await expect(file.write(bytesOf("x"), 0)).rejects.toMatchObject({ code: "EBADF" });
      await expect(file.truncate(0)).rejects.toThrow(/EBADF|EINVAL/);
      const writable = await reopen(at("a"), "write");
      await writable.write(bytesOf("J"), 0);
      expect(await textOf(file)).toBe("Jello");
    });

    it("refuses everything on a closed handle, and closes twice", async () => {
      const file = await create(at("a"), "hello");
      await file.close();
      await file.close();
      const closed = { code: "EBADF", message: expect.stringContaining("closed") };
      await expect(file.read(new Uint8Array(1), 0)).rejects.toMatchObject(closed);
      await expect(file.write(new Uint8Array(1), 0)).rejects.toMatchObject(closed);
      await expect(file.datasync()).rejects.toMatchObject(closed);
      await expect(file.truncate(0)).rejects.toMatchObject(closed);
      await expect(file.size()).rejects.toMatchObject(closed);
      expect(() => file.readSync(new Uint8Array(1), 0)).toThrow(expect.objectContaining(closed));
    });

    it("finishes what is under way before it closes", async () => {
      const file = await create(at("a"), "hello");
      const target = new Uint8Array(5);
      const under = [file.read(target, 0), file.write(bytesOf("!"), 5), file.datasync()];
      await file.close();
      expect(await Promise.all(under)).toEqual([5, 1, undefined]);
    });

    it("lists names in order, with their kind", async () => {
      await filesystem.makeDirectory(at("b"));
      await create(at("c"));
      await create(at("a"));
      await create(at("B"));
      await create(at("b/inner"));
      expect(await filesystem.list(at("."))).toEqual([
        { name: "B", kind: "file" },
        { name: "a", kind: "file" },
        { name: "b", kind: "directory" },
        { name: "c", kind: "file" },
      ]);
      await expect(filesystem.list(at("no"))).rejects.toMatchObject({ code: "ENOENT" });
      await expect(filesystem.list(at("a"))).rejects.toMatchObject({ code: "ENOTDIR" });
    });

    it("makes a directory and those above it, once or twice", async () => {
      expect(await filesystem.makeDirectory(at("a/b/c"))).toBe(true);
      expect(await filesystem.makeDirectory(at("a/b/c"))).toBe(false);
      await create(at("a/b/c/file"));
      await expect(filesystem.makeDirectory(at("a/b/c/file"))).rejects.toMatchObject({
        code: "EEXIST",
      });
      await expect(filesystem.makeDirectory(at("a/b/c/file/d"))).rejects.toMatchObject({
        code: "ENOTDIR",
      });
    });

    it("makes a directory for one of those that make it at once", async () => {
      const made = await Promise.all([1, 2, 3].map(() => filesystem.makeDirectory(at("a/b"))));
      expect(made.filter(Boolean)).toHaveLength(1);
    });

    it("renames files, replacing one that has the name", async () => {
      const file = await create(at("a"), "new");
      const replaced = await create(at("b"), "old");
      await filesystem.rename(at("a"), at("b"));
      await filesystem.rename(at("b"), at("b"));
      expect(await filesystem.list(at("."))).toEqual([{ name: "b", kind: "file" }]);
      expect(await textOf(await reopen(at("b"), "read"))).toBe("new");
      expect(await textOf(replaced)).toBe("old");
      await file.write(bytesOf("!"), 3);
      expect(await textOf(await reopen(at("b"), "read"))).toBe("new!");
      await expect(filesystem.rename(at("a"), at("c"))).rejects.toMatchObject({ code: "ENOENT" });
    });

    it("renames directories, replacing an empty one at most", async () => {
      await filesystem.makeDirectory(at("from"));
      await filesystem.makeDirectory(at("empty"));
      await filesystem.makeDirectory(at("full"));
      await create(at("from/file"), "inside");
      await create(at("full/file"));
      await create(at("plain"));
      await expect(filesystem.rename(at("from"), at("full"))).rejects.toMatchObject({
        code: "ENOTEMPTY",
      });
      await expect(filesystem.rename(at("from"), at("plain"))).rejects.toMatchObject({
        code: "ENOTDIR",
      });
      await expect(filesystem.rename(at("plain"), at("from"))).rejects.toMatchObject({
        code: "EISDIR",
      });
      await expect(filesystem.rename(at("from"), at("from/below"))).rejects.toMatchObject({
        code: "EINVAL",
      });
      await filesystem.rename(at("from"), at("empty"));
      expect(await textOf(await reopen(at("empty/file"), "read"))).toBe("inside");
    });

    it("gives a file a second name, and keeps the file until both are gone", async () => {
      const file = await create(at("a"), "hello");
      await filesystem.makeDirectory(at("d"));
      await filesystem.link(at("a"), at("d/b"));
      await writeFully(file, bytesOf("J"), 0);
      expect(await textOf(await reopen(at("d/b"), "read"))).toBe("Jello");
      await filesystem.remove(at("a"));
      expect(await textOf(await reopen(at("d/b"), "read"))).toBe("Jello");
      await create(at("c"));
      await expect(filesystem.link(at("d/b"), at("c"))).rejects.toMatchObject({ code: "EEXIST" });
      await expect(filesystem.link(at("a"), at("e"))).rejects.toMatchObject({ code: "ENOENT" });
      await expect(filesystem.link(at("d"), at("e"))).rejects.toMatchObject({ code: "EPERM" });
      await expect(filesystem.link(at("c"), at("no/c"))).rejects.toMatchObject({ code: "ENOENT" });
    });

    it("removes files, which stay readable through open handles", async () => {
      const file = await create(at("a"), "hello");
      await filesystem.remove(at("a"));
      expect(await filesystem.list(at("."))).toEqual([]);
      expect(await textOf(file)).toBe("hello");
      await writeFully(file, bytesOf("!"), 5);
      expect(await textOf(file)).toBe("hello!");
      await expect(filesystem.remove(at("a"))).rejects.toMatchObject({ code: "ENOENT" });
      await create(at("a"), "another");
      expect(await textOf(file)).toBe("hello!");
    });

    it("removes a directory only as a tree", async () => {
      await filesystem.makeDirectory(at("a/b"));
      const file = await create(at("a/b/file"), "hello");
      await expect(filesystem.remove(at("a"))).rejects.toThrow(/EISDIR|EPERM/);
      await filesystem.removeTree(at("a"));
      await filesystem.removeTree(at("a"));
      await filesystem.removeTree(at("no/such"));
      expect(await filesystem.list(at("."))).toEqual([]);
      expect(await textOf(file)).toBe("hello");
    });

    it("syncs directories that there are", async () => {
      await filesystem.makeDirectory(at("a"));
      await create(at("file"));
      await filesystem.syncDirectory(at("a"));
      await filesystem.syncDirectory(at("."));
      await expect(filesystem.syncDirectory(at("b"))).rejects.toMatchObject({ code: "ENOENT" });
      await expect(filesystem.syncDirectory(at("file"))).rejects.toMatchObject({ code: "ENOTDIR" });
    });
  });
}
