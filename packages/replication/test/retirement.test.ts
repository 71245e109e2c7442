/** Nodes that stop in good order, with leases of which nobody can wait for the end. */
import { ConfigurationUnavailableError, NoLeaderError } from "@boxerdb/replication";
import { afterEach, beforeEach, expect, test } from "vitest";

import { eventually } from "./cluster/eventually.ts";
import { ManualClock } from "./cluster/manual-clock.ts";
import { StartedNodes, writeTo } from "./cluster/started-nodes.ts";

const leavesAlone =
  "stopping while it leads a database: nobody leads that until another node is elected";

let nodes: StartedNodes;
beforeEach(async () => {
  nodes = await StartedNodes.create();
});
afterEach(() => nodes[Symbol.asyncDispose]());

test("a node that stops hands over what it leads, and its successor takes the next write", async () => {
  const [n1, n2] = await Promise.all([nodes.start("n1"), nodes.start("n2")]);
  await nodes.createDatabases(["app"], n1, 2);
  await writeTo(n1, "app", 1);
  nodes.history.length = 0;
  await n1.node.close();
  await writeTo(n2, "app", 2);
  // The second time it is the successor, which begins its reign.
  expect(nodes.history.filter((what) => what !== "app is led by n2")).toEqual(["n1 is gone"]);
  expect(nodes.history[0]).toBe("app is led by n2");
  expect(n1.log.count("handed over to another node before the stop")).toBe(1);
  const collection = n2.store.database("app").collection("things");
  expect(await collection.get("k")).toBe(2);
});

test("its writers lose nothing, and are told when to come again", async () => {
  const [n1, n2] = await Promise.all([nodes.start("n1"), nodes.start("n2")]);
  await nodes.createDatabases(["app"], n1, 2);
  const collection = n1.store.database("app").collection("things");
  const writes = Array.from({ length: 200 }, (_, n) =>
    n1.node.committed(collection.put(`k${n}`, n), "app"),
  );
  const retired = n1.node.retire();
  expect(() => n1.node.assertWritable("app")).toThrow(NoLeaderError);
  await Promise.all(writes);
  await retired;
  await writeTo(n2, "app", 1);
  for (const n of writes.keys()) {
    expect(await n2.store.database("app").collection("things").get(`k${n}`)).toBe(n);
  }
});

test("several databases are handed over at the same time, to several nodes", async () => {
  const names = ["a", "b", "c", "d"];
  // Each is held back until all are about to be changed: one after the other they would never be.
  const all = Promise.withResolvers<void>();
  let isRetiring = false;
  const waiting = new Set<string>();
  const n1 = await nodes.start("n1", {
    beforeChange: async (name) => {
      if (!isRetiring) return;
      waiting.add(name);
      if (waiting.size === names.length) all.resolve();
      await all.promise;
    },
  });
  await Promise.all([nodes.start("n2"), nodes.start("n3")]);
  await nodes.createDatabases(names, n1, 3);
  isRetiring = true;
  await n1.node.retire();
  const leaders = names.map((name) => String(nodes.leaderOf(name)));
  expect(leaders.toSorted()).toEqual(["n2", "n2", "n3", "n3"]);
});

test("while it stops it is not elected again, even where another node wants it to lead", async () => {
  const all = [nodes.start("n1"), nodes.start("n2"), nodes.start("n3")] as const;
  const [n1, n2, n3] = await Promise.all(all);
  await nodes.createDatabases(["app"], n1, 3);
  await n1.node.retire();
  const successor = nodes.leaderOf("app") === "n2" ? n2 : n3;
  await writeTo(successor, "app", 1);
  nodes.history.length = 0;
  await successor.node.handOver("app", "n1");
  await eventually(() => {
    expect(["n2", "n3"]).toContain(nodes.leaderOf("app"));
  });
  // It was asked to, and has resigned at once.
  expect(nodes.history.slice(0, 2)).toEqual(["app is led by n1", "app is led by nobody"]);
  expect(n1.log.count("elected")).toBe(1);
  const last = nodes.leaderOf("app") === "n2" ? n2 : n3;
  await writeTo(last, "app", 2);
  // Nor does it make a database of its own.
  expect(() => n1.node.assertWritable("new")).toThrow(NoLeaderError);
});

test("a node without an heir stops at once, and says what it leaves", async () => {
  const clock = new ManualClock();
  const n1 = await nodes.start("n1", { clock });
  await eventually(() => n1.node.assertWritable("app"));
  await n1.store.createDatabase("app");
  await n1.node.close();
  expect(n1.log.count(leavesAlone)).toBe(1);
  expect(nodes.history.at(-1)).toBe("n1 is gone");
});

test("one that cannot hand over in time stops all the same", async () => {
  const clock = new ManualClock();
  let isDown = false;
  const beforeChange = async (): Promise<void> => {
    if (isDown) throw new ConfigurationUnavailableError("it does not answer");
  };
  const n1 = await nodes.start("n1", { clock, beforeChange, settings: { retirementMs: 4_000 } });
  const n2 = await nodes.start("n2");
  await nodes.createDatabases(["app"], n1, 2);
  isDown = true;
  let isClosed = false;
  const closed = n1.node.close().then(() => (isClosed = true));
  // It tries again and again until its time is over.
  for (let passedMs = 0; passedMs < 4_000; passedMs += 20) {
    expect(isClosed).toBe(false);
    await eventually(() => expect(clock.timers).toBeGreaterThan(0));
    clock.advance(20);
  }
  await closed;
  expect(n1.log.count(leavesAlone)).toBe(1);
  // Now that it is gone the other one is elected.
  await writeTo(n2, "app", 1);
});

test("one that stops while it creates a database leaves it to another node at once", async () => {
  const clock = new ManualClock();
  const agreed = Promise.withResolvers<void>();
  const held = Promise.withResolvers<void>();
  const beforeChange = async (): Promise<void> => {
    agreed.resolve();
    await held.promise;
  };
  const n1 = await nodes.start("n1", { clock, beforeChange });
  await eventually(() => n1.node.assertWritable("app"));
  const created = n1.store.createDatabase("app");
  await agreed.promise;
  const retired = n1.node.retire();
  held.resolve();
  await expect(created).rejects.toThrow(NoLeaderError);
  await retired;
  await n1.node.close();
  const n2 = await nodes.start("n2");
  await writeTo(n2, "app", 1);
});
