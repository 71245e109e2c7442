import { expect, test } from "vitest";

import { ManualClock } from "../../test/manual-clock.ts";
import { MemoryFileSystem } from "../filesystem/memory-filesystem.ts";
import { processLocalLocker } from "../lock/directory-locker.ts";
import { systemRandomness } from "../randomness.ts";
import { timestampMs } from "../scalars.ts";
import { open } from "../store/open-store.ts";

import { copyLog } from "./log-copy.ts";
import { HeldLog } from "./log-source.ts";
import { Progress } from "./progress.ts";
import { fillTarget } from "./target-directory.ts";

test("a segment whose name has gone to another file is copied as it was when it was held", async () => {
  const fileSystem = new MemoryFileSystem();
  const openAt = (directory: string) =>
    open(directory, {
      fileSystem,
      locker: processLocalLocker(),
      clock: new ManualClock(),
      segmentBytes: 4096,
      compaction: "manual",
    });
  await using store = await openAt("/data");
  const collection = store.database("app").collection("c");
  const put = async (keys: string, value: string): Promise<void> => {
    for (const key of keys) await collection.put(key, value.repeat(1_250));
  };
  await put("abcabcdefghi", "1");
  await store.compact();
  const database = store.database("app").open ?? expect.unreachable();
  const [compacted] = database.log.segments;
  const path = compacted?.path ?? expect.unreachable();
  const content = fileSystem.readBytes(path);
  using held = new HeldLog(database);
  // Nothing that the others hold changes, so that this one is compacted by itself.
  await put("abghi", "2");
  await store.compact();
  expect(fileSystem.readBytes(path)).not.toEqual(content);

  const { filled } = await fillTarget({ fileSystem, random: systemRandomness }, "/copy", (target) =>
    copyLog({
      fileSystem,
      source: held,
      end: held.highWatermark,
      to: target.partialDatabase("app"),
      links: true,
      timestamp: timestampMs(1),
      progress: new Progress("the copy"),
    }),
  );
  expect(filled.linkedBytes).toBeGreaterThan(0);
  await using copy = await openAt("/copy");
  const entries = await Array.fromAsync(copy.database("app").collection<string>("c").entries());
  expect(entries.map(([key, value]) => key + value[0]).join(" ")).toBe(
    "a1 b1 c1 d1 e1 f1 g1 h1 i1",
  );
});

test("a segment that ends where the copy does is no link, as the log may be cut and go on there", async () => {
  const fileSystem = new MemoryFileSystem();
  await using store = await open("/data", {
    fileSystem,
    locker: processLocalLocker(),
    clock: new ManualClock(),
    segmentBytes: 4096,
    compaction: "manual",
  });
  for (const key of "abcdefgh") {
    await store.database("app").collection("c").put(key, key.repeat(1_250));
  }
  const database = store.database("app").open ?? expect.unreachable();
  using held = new HeldLog(database);
  const [first = expect.unreachable(), second = expect.unreachable()] = held.segments;
  for (const [end, linkedBytes] of [
    [first.endOffset, 0],
    [second.endOffset, first.byteSize],
  ] as const) {
    const { filled } = await fillTarget(
      { fileSystem, random: systemRandomness },
      `/copy-${end}`,
      (target) =>
        copyLog({
          fileSystem,
          source: held,
          end,
          to: target.partialDatabase("app"),
          links: true,
          timestamp: timestampMs(1),
          progress: new Progress("the copy"),
        }),
    );
    expect(filled).toMatchObject({ offset: end, linkedBytes });
  }
});
