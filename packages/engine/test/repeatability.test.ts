/** Where clock, file system, lock and randomness are given, the same calls write the same bytes. */
import {
  MemoryFileSystem,
  open,
  planRepair,
  processLocalLocker,
  repair,
  replay,
  restoreBackup,
  type Randomness,
} from "@boxerdb/engine";
import { expect, test } from "vitest";

import { filesBelow } from "./interrupted-work.ts";
import { ManualClock } from "./manual-clock.ts";

/** Numbers that only count. */
function counting(): Randomness {
  let count = 0;
  return {
    uuid: () => `00000000-0000-4000-8000-${String(count++).padStart(12, "0")}`,
    integer: (least) => least + count++,
  };
}

async function work(random: Randomness): Promise<Map<string, string>> {
  const fileSystem = new MemoryFileSystem();
  const machine = { fileSystem, random, clock: new ManualClock(), locker: processLocalLocker() };
  const store = await open("/data", { ...machine, segmentBytes: 4096 });
  for (const name of ["one", "two"]) {
    const things = store.database(name).collection("c");
    for (const key of "abcabdabe") await things.put(key, key.repeat(1_000));
  }
  await store.compact();
  await store.backup("/backup");
  await store.close();
  await restoreBackup("/backup", "/restored", machine);
  await replay("/data", "/replayed", { ...machine, until: { time: machine.clock.now() } });
  const [path = ""] = fileSystem.fileNames().filter((name) => /restored.*one.*log$/.test(name));
  fileSystem.flipBit(path, 8 * 500);
  await repair("/restored", await planRepair("/restored", machine), machine);
  return filesBelow(fileSystem, "");
}

test("the same calls write the same bytes, but for what is random", async () => {
  const first = await work(counting());
  expect(await work(counting())).toEqual(first);
  const ids = [...first].filter(([path]) => path.endsWith("/STORE")).map(([, bytes]) => bytes);
  // That of the store, of its backup, its replay, and of what was restored, before its repair and after.
  expect(new Set(ids).size).toBe(5);
});
