import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, describe, expect, it } from "vitest";

import { describeFileSystem } from "../../test/filesystem-contract.ts";

import { NodeFileSystem } from "./node-filesystem.ts";

const directories: string[] = [];

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), "boxerdb-filesystem-"));
  directories.push(directory);
  return directory;
}

afterEach(async () => {
  for (const directory of directories.splice(0)) await rm(directory, { recursive: true });
});

describeFileSystem("NodeFileSystem", async () => ({
  filesystem: new NodeFileSystem(),
  directory: await temporaryDirectory(),
}));

describe("NodeFileSystem", () => {
  it("writes real files", async () => {
    const directory = await temporaryDirectory();
    const file = await new NodeFileSystem().open(join(directory, "a"), "create");
    await file.write(Buffer.from("hello"), 0);
    await file.datasync();
    await file.close();
    expect(await readFile(join(directory, "a"), "utf8")).toBe("hello");
  });

  it("never uses a descriptor that the kernel gave to another file", async () => {
    const directory = await temporaryDirectory();
    const filesystem = new NodeFileSystem();
    await writeFile(join(directory, "first"), Buffer.alloc(64, 1));
    await writeFile(join(directory, "second"), Buffer.alloc(64, 2));
    // More reads than the pool has threads, so that most wait in its queue while the file is closed.
    for (let round = 0; round < 20; round += 1) {
      const first = await filesystem.open(join(directory, "first"), "read");
      const targets = Array.from({ length: 64 }, () => new Uint8Array(64));
      const reads = targets.map((target) => first.read(target, 0));
      const closed = first.close();
      const second = await filesystem.open(join(directory, "second"), "read");
      await Promise.all([...reads, closed]);
      await second.close();
      for (const target of targets) expect(target).toEqual(new Uint8Array(64).fill(1));
    }
  });

  it("lists what is neither file nor directory as other", async () => {
    const directory = await temporaryDirectory();
    await symlink("nowhere", join(directory, "link"));
    expect(await new NodeFileSystem().list(directory)).toEqual([{ name: "link", kind: "other" }]);
  });

  it("passes the errors of the kernel on", async () => {
    const directory = await temporaryDirectory();
    const file = await new NodeFileSystem().open(join(directory, "a"), "create");
    await expect(file.truncate(2 ** 53 - 1)).rejects.toMatchObject({ syscall: "ftruncate" });
    expect(await file.size()).toBe(0);
    await file.close();
  });

  it.runIf(process.platform === "linux")("ends where no directory can be made", async () => {
    const filesystem = new NodeFileSystem();
    for (const path of ["/proc/boxerdb", "/proc/boxerdb/below"]) {
      await expect(filesystem.makeDirectory(path)).rejects.toMatchObject({ code: "ENOENT" });
    }
  });

  it.runIf(process.platform === "linux")("tells a full disk", async () => {
    const file = await new NodeFileSystem().open("/dev/full", "write");
    await expect(file.write(Buffer.from("x"), 0)).rejects.toMatchObject({ code: "ENOSPC" });
    await file.close();
  });
});
