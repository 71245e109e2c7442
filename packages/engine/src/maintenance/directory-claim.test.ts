import { expect, test } from "vitest";

import { DirectoryNotEmptyError } from "../errors.ts";
import { FaultyFileSystem } from "../filesystem/faulty-filesystem.ts";
import { MemoryFileSystem } from "../filesystem/memory-filesystem.ts";

import { claimDirectory } from "./directory-claim.ts";

test("a directory that is absent, or empty but for lost+found, can be claimed", async () => {
  const fileSystem = new MemoryFileSystem();
  await claimDirectory(fileSystem, "/a/b", "/a/b/partial");
  await fileSystem.makeDirectory("/volume/lost+found");
  await claimDirectory(fileSystem, "/volume", "/volume/partial");
  expect((await fileSystem.list("/volume")).map(({ name }) => name)).toEqual([
    "lost+found",
    "partial",
  ]);
});

test("one that holds something is left as it is", async () => {
  const fileSystem = new MemoryFileSystem();
  fileSystem.writeBytes("/a/mine", Buffer.from("mine"));
  await expect(claimDirectory(fileSystem, "/a", "/a/partial")).rejects.toThrow("holds mine");
  expect(await fileSystem.list("/a")).toEqual([{ name: "mine", kind: "file" }]);
});

test("of several at once one gets it", async () => {
  const fileSystem = new MemoryFileSystem();
  const results = await Promise.allSettled(
    [1, 2, 3].map(() => claimDirectory(fileSystem, "/a", "/a/partial")),
  );
  const refused = results.flatMap((result) => (result.status === "rejected" ? result.reason : []));
  expect(refused).toEqual([expect.any(DirectoryNotEmptyError), expect.any(DirectoryNotEmptyError)]);
  expect(await fileSystem.list("/a")).toEqual([{ name: "partial", kind: "directory" }]);
});

test("who was overtaken by another from its look to its claim withdraws it", async () => {
  const disk = new MemoryFileSystem();
  const fileSystem = new FaultyFileSystem(disk, ({ kind }) => {
    if (kind === "makeDirectory") disk.writeBytes("/a/STORE", Buffer.from("another's"));
    return undefined;
  });
  await expect(claimDirectory(fileSystem, "/a", "/a/partial")).rejects.toThrow("holds STORE");
  expect(await disk.list("/a")).toEqual([{ name: "STORE", kind: "file" }]);
});
