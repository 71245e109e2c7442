import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { describeFileSystem } from "../../test/filesystem-contract.ts";

import { writeFully, type FileHandle } from "./filesystem.ts";
import { MemoryFileSystem } from "./memory-filesystem.ts";
import { randomSurvival, survivalInOrder } from "./survival.ts";
import type { UnsyncedChange } from "./unsynced-change.ts";

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const textOf = (filesystem: MemoryFileSystem, path: string): string =>
  new TextDecoder().decode(filesystem.readBytes(path));

/** A file system with a durable file `/f`, open for writing. */
async function withFile(
  content: string,
): Promise<{ readonly filesystem: MemoryFileSystem; readonly file: FileHandle }> {
  const filesystem = new MemoryFileSystem();
  filesystem.writeBytes("/f", bytesOf(content));
  return { filesystem, file: await filesystem.open("/f", "write") };
}

describeFileSystem("MemoryFileSystem", async () => {
  const filesystem = new MemoryFileSystem();
  await filesystem.makeDirectory("data");
  return { filesystem, directory: "data" };
});

describe("MemoryFileSystem", () => {
  it("takes paths relative to the root", async () => {
    const filesystem = new MemoryFileSystem();
    await filesystem.makeDirectory("data/./a/../b");
    await filesystem.open("data/b/file", "create");
    expect(filesystem.fileNames()).toEqual(["/data/b/file"]);
    expect(await filesystem.list("/")).toEqual([{ name: "data", kind: "directory" }]);
    await expect(filesystem.removeTree("/")).rejects.toMatchObject({ code: "EINVAL" });
    await expect(filesystem.open("/", "read")).rejects.toMatchObject({ code: "EISDIR" });
  });

  it("reads, writes and damages files for tests", async () => {
    const filesystem = new MemoryFileSystem();
    filesystem.writeBytes("/a/b", bytesOf("abc"));
    filesystem.flipBit("/a/b", 8);
    expect(textOf(filesystem, "/a/b")).toBe("acc");
    filesystem.writeBytes("/a/b", bytesOf("xyz"));
    expect(textOf(filesystem.crash(), "/a/b")).toBe("xyz");
    expect(() => filesystem.flipBit("/a/b", 24)).toThrow(RangeError);
    expect(() => filesystem.readBytes("/a")).toThrow(/EISDIR/);
    expect(() => filesystem.readBytes("/a/c")).toThrow(/ENOENT/);
    expect(() => filesystem.readBytes("/a/b/c")).toThrow(/ENOTDIR/);
    expect(() => filesystem.writeBytes("/a/b/c", bytesOf(""))).toThrow(/ENOTDIR/);
    expect(() => filesystem.writeBytes("/a", bytesOf(""))).toThrow(/EISDIR/);
  });

  it("flips a bit of the durable content where it was overwritten since", async () => {
    const { filesystem, file } = await withFile("aaaa");
    await file.write(bytesOf("bb"), 1);
    filesystem.flipBit("/f", 8);
    expect(textOf(filesystem, "/f")).toBe("acba");
    expect(textOf(filesystem.crash(), "/f")).toBe("a`aa");
  });

  describe("after a power cut", () => {
    it("has the content as of the last datasync", async () => {
      const { filesystem, file } = await withFile("0123456789");
      await file.write(bytesOf("abc"), 8);
      await file.datasync();
      await file.write(bytesOf("XXXX"), 3);
      await file.write(bytesOf("YYYY"), 5);
      await file.truncate(4);
      await file.write(bytesOf("ZZZZZZZZZZZZ"), 2);
      expect(textOf(filesystem, "/f")).toBe("01ZZZZZZZZZZZZ");
      expect(textOf(filesystem.crash(), "/f")).toBe("01234567abc");
    });

    it("has the names as of the last sync of their directory", async () => {
      const filesystem = new MemoryFileSystem();
      filesystem.writeBytes("/d/renamed", bytesOf("r"));
      filesystem.writeBytes("/d/removed", bytesOf("x"));
      await filesystem.makeDirectory("/d/made");
      await filesystem.syncDirectory("/d");
      await filesystem.makeDirectory("/d/lost");
      const created = await filesystem.open("/d/created", "create");
      await created.datasync();
      await filesystem.rename("/d/renamed", "/d/new-name");
      await filesystem.remove("/d/removed");
      const synced = filesystem.clone();
      await synced.syncDirectory("/d");

      const unsyncedAfter = filesystem.crash();
      expect(unsyncedAfter.fileNames()).toEqual(["/d/removed", "/d/renamed"]);
      expect((await unsyncedAfter.list("/d")).map(({ name }) => name)).toEqual([
        "made",
        "removed",
        "renamed",
      ]);
      const syncedAfter = synced.crash();
      expect(syncedAfter.fileNames()).toEqual(["/d/created", "/d/new-name"]);
      expect(textOf(syncedAfter, "/d/new-name")).toBe("r");
    });

    it("has lost a synced file in a directory whose own name was not synced", async () => {
      const filesystem = new MemoryFileSystem();
      await filesystem.makeDirectory("/d");
      const file = await filesystem.open("/d/f", "create");
      await file.datasync();
      await filesystem.syncDirectory("/d");
      expect(filesystem.clone().crash().fileNames()).toEqual([]);
      await filesystem.syncDirectory("/");
      expect(filesystem.crash().fileNames()).toEqual(["/d/f"]);
    });

    it("finds a synced name without its content empty", async () => {
      const { filesystem } = await withFile("old");
      const replacement = await filesystem.open("/new", "create");
      await writeFully(replacement, bytesOf("new"), 0);
      await filesystem.rename("/new", "/f");
      await filesystem.syncDirectory("/");
      const after = filesystem.crash();
      expect(after.fileNames()).toEqual(["/f"]);
      expect(textOf(after, "/f")).toBe("");
    });

    it("lets a rename across directories be durable in one of them only", async () => {
      const filesystem = new MemoryFileSystem();
      filesystem.writeBytes("/a/f", bytesOf("f"));
      filesystem.writeBytes("/b/g", bytesOf("g"));
      await filesystem.rename("/a/f", "/b/f");
      const source = filesystem.clone();
      await source.syncDirectory("/a");
      expect(source.crash().fileNames()).toEqual(["/b/g"]);
      const target = filesystem.clone();
      await target.syncDirectory("/b");
      expect(target.crash().fileNames()).toEqual(["/a/f", "/b/f", "/b/g"]);
      expect(filesystem.crash({ keep: () => true }).fileNames()).toEqual(["/b/f", "/b/g"]);
    });

    it("keeps the content of a file that two names share, by either of them", async () => {
      const filesystem = new MemoryFileSystem();
      filesystem.writeBytes("/f", bytesOf("0123"));
      await filesystem.makeDirectory("/d");
      await filesystem.syncDirectory("/");
      await filesystem.link("/f", "/d/g");
      expect(filesystem.clone().crash().fileNames()).toEqual(["/f"]);
      await filesystem.syncDirectory("/d");
      const after = filesystem.crash();
      await after.remove("/f");
      expect(after.fileNames()).toEqual(["/d/g"]);
      expect(textOf(after, "/d/g")).toBe("0123");
    });

    it("has everything durable, and forgets nothing at the next cut", async () => {
      const { filesystem, file } = await withFile("a");
      await file.write(bytesOf("b"), 1);
      const after = filesystem.crash({ keep: () => true });
      expect(textOf(after, "/f")).toBe("ab");
      expect(textOf(after.crash(), "/f")).toBe("ab");
    });

    it("fails every operation of before", async () => {
      const { filesystem, file } = await withFile("a");
      filesystem.crash();
      const dead = { code: "EIO", name: "CrashedError" };
      await expect(file.read(new Uint8Array(1), 0)).rejects.toMatchObject(dead);
      await expect(file.write(new Uint8Array(1), 0)).rejects.toMatchObject(dead);
      await expect(file.datasync()).rejects.toMatchObject(dead);
      await expect(file.truncate(0)).rejects.toMatchObject(dead);
      await expect(file.size()).rejects.toMatchObject(dead);
      expect(() => file.readSync(new Uint8Array(1), 0)).toThrow(/lost power/);
      await expect(filesystem.open("/f", "read")).rejects.toMatchObject(dead);
      await expect(filesystem.makeDirectory("/d")).rejects.toMatchObject(dead);
      await expect(filesystem.list("/")).rejects.toMatchObject(dead);
      await expect(filesystem.rename("/f", "/g")).rejects.toMatchObject(dead);
      await expect(filesystem.remove("/f")).rejects.toMatchObject(dead);
      await expect(filesystem.removeTree("/f")).rejects.toMatchObject(dead);
      await expect(filesystem.syncDirectory("/")).rejects.toMatchObject(dead);
      await file.close();
    });
  });

  describe("with a rule for what survives", () => {
    it("asks about every change once, in the order made, names first", async () => {
      const { filesystem, file } = await withFile("0123");
      await file.write(bytesOf("ab"), 4);
      await filesystem.rename("/f", "/g");
      await file.truncate(5);
      await filesystem.remove("/g");
      await filesystem.open("/h", "create");
      const asked: UnsyncedChange[] = [];
      filesystem.crash({
        keep: (change) => {
          asked.push(change);
          return change.kind === "name" && change.action === "rename";
        },
      });
      expect(asked).toMatchObject([
        { kind: "name", sequence: 1, action: "rename", path: "/f", to: "/g" },
        { kind: "name", sequence: 3, action: "remove", path: "/g" },
        { kind: "name", sequence: 4, action: "create", path: "/h" },
        { kind: "write", sequence: 0, path: "/g", position: 4, length: 2 },
        { kind: "truncate", sequence: 2, path: "/g", size: 5 },
      ]);
    });

    it("keeps a later write without an earlier one, over a gap of zeros", async () => {
      const { filesystem, file } = await withFile("01");
      await file.write(bytesOf("lost"), 2);
      await file.write(bytesOf("kept"), 6);
      const after = filesystem.crash({ keep: (change) => change.sequence === 1 });
      expect(textOf(after, "/f")).toBe("01\0\0\0\0kept");
    });

    it("keeps an overwritten write without the one that overwrote it", async () => {
      const { filesystem, file } = await withFile("0123");
      await file.write(bytesOf("first"), 1);
      await file.write(bytesOf("SECOND"), 2);
      const after = filesystem.crash({ keep: (change) => change.sequence === 0 });
      expect(textOf(after, "/f")).toBe("0first");
    });

    it("keeps a write torn at any byte, or only its size", async () => {
      const { filesystem, file } = await withFile("01");
      await file.write(bytesOf("abcd"), 1);
      for (let to = 0; to <= 4; to += 1) {
        const torn = filesystem.clone().crash({ keep: () => ({ from: 0, to }) });
        expect(textOf(torn, "/f")).toBe(to === 0 ? "01" : `0${"abcd".slice(0, to)}`);
      }
      const middle = filesystem.clone().crash({ keep: () => ({ from: 2, to: 3 }) });
      expect(textOf(middle, "/f")).toBe("01\0c");
      expect(textOf(filesystem.crash({ keep: () => "size" }), "/f")).toBe("01\0\0\0");
    });

    it("keeps a removed tree in part", async () => {
      const filesystem = new MemoryFileSystem();
      filesystem.writeBytes("/d/a", bytesOf("a"));
      filesystem.writeBytes("/d/b", bytesOf("b"));
      await filesystem.removeTree("/d");
      const states = [0, 1, 2, 3].map((end) =>
        filesystem
          .clone()
          .crash({ keep: survivalInOrder(end) })
          .fileNames(),
      );
      expect(states).toEqual([["/d/a", "/d/b"], ["/d/b"], [], []]);
    });

    it("gives the same state for the same seed", async () => {
      const { filesystem, file } = await withFile("0123");
      for (let i = 0; i < 50; i += 1) await writeFully(file, bytesOf(`${i};`), i * 3);
      await filesystem.rename("/f", "/g");
      const stateOf = (seed: number): string => {
        const after = filesystem.clone().crash({ keep: randomSurvival(seed) });
        return after
          .fileNames()
          .map((path) => `${path}=${textOf(after, path)}`)
          .join();
      };
      const states = Array.from({ length: 100 }, (_, seed) => stateOf(seed));
      expect(Array.from({ length: 100 }, (_, seed) => stateOf(seed))).toEqual(states);
      expect(new Set(states).size).toBeGreaterThan(60);
    });
  });

  describe("when it is full", () => {
    it("takes what fits, then refuses, and goes on once there is space", async () => {
      const filesystem = new MemoryFileSystem({ capacityBytes: 10 });
      const file = await filesystem.open("/f", "create");
      expect(await file.write(bytesOf("01234567"), 0)).toBe(8);
      expect(await file.write(bytesOf("abcd"), 8)).toBe(2);
      await expect(file.write(bytesOf("cd"), 10)).rejects.toMatchObject({ code: "ENOSPC" });
      await expect(file.truncate(11)).rejects.toMatchObject({ code: "ENOSPC" });
      expect(await file.write(bytesOf("XXXX"), 3)).toBe(4);
      expect(textOf(filesystem, "/f")).toBe("012XXXX7ab");
      filesystem.setCapacity(11);
      expect(await file.write(bytesOf("cd"), 10)).toBe(1);
    });

    it("frees the space of a file with its last name and handle", async () => {
      const filesystem = new MemoryFileSystem({ capacityBytes: 4 });
      const first = await filesystem.open("/first", "create");
      await first.write(bytesOf("1234"), 0);
      await filesystem.remove("/first");
      const second = await filesystem.open("/second", "create");
      await expect(second.write(bytesOf("1"), 0)).rejects.toMatchObject({ code: "ENOSPC" });
      await first.close();
      expect(await second.write(bytesOf("1234"), 0)).toBe(4);
      await second.truncate(1);
      expect(await second.write(bytesOf("abcd"), 1)).toBe(3);
    });
  });

  it("clones so that neither sees the other's changes", async () => {
    const { filesystem, file } = await withFile("0123");
    await file.write(bytesOf("ab"), 2);
    const clone = filesystem.clone();
    await file.write(bytesOf("XXXXXX"), 0);
    await filesystem.rename("/f", "/g");
    filesystem.flipBit("/g", 0);
    expect(textOf(clone, "/f")).toBe("01ab");
    expect(textOf(clone.clone().crash(), "/f")).toBe("0123");
    expect(textOf(clone.crash({ keep: () => true }), "/f")).toBe("01ab");
    expect(filesystem.fileNames()).toEqual(["/g"]);
  });

  it("takes a million small appends in no time, synced or not", async () => {
    const filesystem = new MemoryFileSystem();
    const file = await filesystem.open("/f", "create");
    const bytes = new Uint8Array(16).fill(7);
    for (let i = 0; i < 1_000_000; i += 1) {
      await file.write(bytes, i * 16);
      if (i < 500_000) await file.datasync();
    }
    await filesystem.syncDirectory("/");
    expect(await file.size()).toBe(16_000_000);
    expect(filesystem.crash().readBytes("/f").byteLength).toBe(8_000_000);
  });
});

type Step =
  | { readonly do: "write"; readonly position: number; readonly bytes: Uint8Array }
  | { readonly do: "truncate"; readonly size: number }
  | { readonly do: "sync" };

const steps = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({
      do: fc.constant("write"),
      position: fc.nat(40),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 20, min: 1 }),
    }),
    fc.record({ do: fc.constant("truncate"), size: fc.nat(50) }),
    fc.record({ do: fc.constant("sync") }),
  ),
  { maxLength: 30 },
);

/** The plain way: content as an array that is copied with every step. */
function applyPlainly(content: readonly number[], step: Step): readonly number[] {
  if (step.do === "sync") return content;
  const at = (index: number): number => content[index] ?? 0;
  if (step.do === "truncate") return Array.from({ length: step.size }, (_, i) => at(i));
  const length = Math.max(content.length, step.position + step.bytes.byteLength);
  return Array.from({ length }, (_, i) => step.bytes[i - step.position] ?? at(i));
}

describe("MemoryFileSystem against a plain model", () => {
  it("has the same content after every step, and after a cut that keeps any changes", async () => {
    await fc.assert(
      fc.asyncProperty(steps, fc.infiniteStream(fc.boolean()), async (steps, coins) => {
        const { filesystem, file } = await withFile("");
        let content: readonly number[] = [];
        let durable: readonly number[] = [];
        let pending: Step[] = [];
        for (const step of steps) {
          if (step.do === "write")
            expect(await file.write(step.bytes, step.position)).toBe(step.bytes.byteLength);
          else if (step.do === "truncate") await file.truncate(step.size);
          else await file.datasync();
          content = applyPlainly(content, step);
          if (step.do === "sync") {
            durable = content;
            pending = [];
          } else {
            pending.push(step);
          }
          expect([...filesystem.readBytes("/f")]).toEqual(content);
          expect([...filesystem.clone().crash().readBytes("/f")]).toEqual(durable);
        }
        const answers = pending.map(() => coins.next().value);
        const expected = pending
          .filter((_, i) => answers[i])
          .reduce((content, step) => applyPlainly(content, step), durable);
        let asked = 0;
        const keep = (): boolean => {
          asked += 1;
          return answers[asked - 1] ?? false;
        };
        expect([...filesystem.crash({ keep }).readBytes("/f")]).toEqual(expected);
        expect(asked).toBe(pending.length);
      }),
    );
  });
});
