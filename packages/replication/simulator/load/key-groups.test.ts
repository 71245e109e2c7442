import { MemoryFileSystem, open, processLocalLocker } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { groupName, isGroup, KeyGroup, TornGroupError } from "./key-groups.ts";

async function start() {
  const fileSystem = new MemoryFileSystem();
  const store = await open("/data", { fileSystem, locker: processLocalLocker() });
  const database = store.database("app");
  return {
    group: new KeyGroup(database, "things", groupName(1)),
    things: database.collection<string>("things"),
    [Symbol.asyncDispose]: () => store.close(),
  };
}

test("a group is written and read as one key", async () => {
  await using world = await start();
  const { group, things } = world;
  expect(group.entry()).toBeUndefined();
  const offset = await group.put("v", { idempotencyKey: "once" });
  expect(await group.put("v", { idempotencyKey: "once" })).toBe(offset);
  expect(group.entry()).toEqual({ value: "v", offset });
  expect([...things.keys()].length).toBe(3);
  await expect(group.put("w", { ifOffset: null })).rejects.toThrow();
  await expect(group.delete({ ifOffset: offset })).resolves.toBeGreaterThan(offset);
  expect(group.entry()).toBeUndefined();
  expect(isGroup(groupName(1))).toBe(true);
  expect(isGroup("k1")).toBe(false);
});

test.each([
  ["a part of it is another value", (things: Things) => things.put("g1.2", "w")],
  ["a part of it is gone", (things: Things) => things.delete("g1.3")],
  ["a part of it was written again", (things: Things) => things.put("g1.1", "v")],
])("it is torn where %s", async (_, tear) => {
  await using world = await start();
  const { group, things } = world;
  await group.put("v", {});
  await tear(things);
  expect(() => group.entry()).toThrow(TornGroupError);
});

type Things = Awaited<ReturnType<typeof start>>["things"];
