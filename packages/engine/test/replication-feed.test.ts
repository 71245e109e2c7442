/** A log that is fed by another one, as a replica's is: the same records, offsets and epochs. */
import { deepStrictEqual, equal } from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  InvalidRecordsError,
  logOffset,
  open,
  type Epoch,
  type OpenDatabase,
  type RecordChunk,
  type Store,
} from "@boxerdb/engine";
import * as fc from "fast-check";
import { expect, test } from "vitest";

import { leadAlone } from "./lone-leader.ts";
import { SimulatedMachine } from "./simulated-machine.ts";
import { contentsOf } from "./store-contents.ts";

/** One of two nodes, each with a store on a machine of its own. */
class Node {
  readonly machine = new SimulatedMachine();
  #store: Store | undefined;

  get store(): Store {
    if (this.#store === undefined) throw new Error("the store is not open");
    return this.#store;
  }

  get database(): OpenDatabase {
    const { open } = this.store.database("app");
    if (open === undefined) throw new Error("the database does not exist");
    return open;
  }

  async open(): Promise<void> {
    await this.#store?.close();
    this.#store = await this.machine.open({ commit: "replicated" });
  }
}

/** A leader, whose records are committed as soon as they are synced, and a replica of its database. */
async function startNodes(): Promise<{ readonly leader: Node; readonly replica: Node }> {
  const leader = new Node();
  await leader.open();
  leadAlone(leader.store);
  await leader.store.admitReplicas();
  const { id } = await leader.store.createDatabase("app");
  commitSynced(leader);
  const replica = new Node();
  await replica.open();
  await replica.store.becomeReplicaOf(leader.store.id);
  await replica.store.createReplica("app", id ?? "");
  return { leader, replica };
}

function commitSynced({ database }: Node): void {
  const commit = (): void => database.advanceHighWatermark(database.log.acceptedOffset);
  database.onProgress(commit);
  commit();
}

/** Has the replica take one chunk from the leader; whether there was any. */
async function pull({ leader, replica }: Nodes, maxBytes: number): Promise<boolean> {
  const { database } = replica;
  const from = database.log.endOffset;
  const chunk = await leader.database.log.readFrom(from, maxBytes);
  if (chunk.nextOffset > from) await database.appendReplicated(chunk.bytes, chunk.nextOffset);
  database.advanceHighWatermark(leader.database.highWatermark);
  return chunk.nextOffset > from;
}

type Nodes = Awaited<ReturnType<typeof startNodes>>;

/** Pulls until there is nothing left, and sees that both have the same. */
async function expectEqualAfterPulling(nodes: Nodes): Promise<void> {
  while (await pull(nodes, 1 << 20));
  const { leader, replica } = nodes;
  deepStrictEqual(await contentsOf(replica.store), await contentsOf(leader.store));
  deepStrictEqual(replica.database.log.epochs.starts, leader.database.log.epochs.starts);
  equal(replica.database.log.endOffset, leader.database.log.endOffset);
  equal(replica.database.highWatermark, leader.database.highWatermark);
  equal(replica.store.database("app").id, leader.store.database("app").id);
}

type Step =
  | { readonly type: "write"; readonly keys: readonly number[]; readonly bytes: number }
  | { readonly type: "remove"; readonly key: number }
  | { readonly type: "pull"; readonly maxBytes: number }
  | { readonly type: "damaged pull"; readonly maxBytes: number; readonly bit: number }
  | { readonly type: "compact" | "reopen"; readonly node: "leader" | "replica" };

const key = fc.nat({ max: 9 });
const maxBytes = fc.oneof(fc.constant(1), fc.nat({ max: 3_000 }));
const node = fc.constantFrom("leader" as const, "replica" as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant("write" as const),
      keys: fc.array(key, { minLength: 1, maxLength: 3 }),
      bytes: fc.nat({ max: 900 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("remove" as const), key }) },
  { weight: 5, arbitrary: fc.record({ type: fc.constant("pull" as const), maxBytes }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constant("damaged pull" as const), maxBytes, bit: fc.nat() }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("compact" as const), node }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("reopen" as const), node }) },
);

async function take(nodes: Nodes, step: Step): Promise<void> {
  const { leader } = nodes;
  const collection = leader.store.database("app").collection("c");
  switch (step.type) {
    case "write": {
      const value = "v".repeat(step.bytes);
      const operations = step.keys.map(
        (key) => ({ op: "put", collection: "c", key: `key ${key}`, value }) as const,
      );
      await leader.store.database("app").batch(operations);
      break;
    }
    case "remove":
      await collection.delete(`key ${step.key}`);
      break;
    case "pull":
      await pull(nodes, step.maxBytes);
      break;
    case "damaged pull":
      await expectRefused(nodes, step.maxBytes, step.bit);
      break;
    case "compact":
      await nodes[step.node].store.compact();
      break;
    case "reopen":
      await nodes[step.node].open();
      if (step.node === "leader") {
        const { epochs } = leader.database.log;
        await leader.database.beginEpoch((epochs.last + 1) as Epoch);
        commitSynced(leader);
      }
      break;
  }
}

/** The replica refuses a chunk in which a bit has flipped, and is as before. */
async function expectRefused(
  { leader, replica }: Nodes,
  maxBytes: number,
  bit: number,
): Promise<void> {
  const { database } = replica;
  const { endOffset } = database.log;
  const { bytes, nextOffset } = await leader.database.log.readFrom(endOffset, maxBytes);
  if (bytes.byteLength === 0) return;
  const position = Math.floor(bit / 8) % bytes.byteLength;
  bytes.writeUInt8(bytes.readUInt8(position) ^ (1 << (bit % 8)), position);
  await expect(database.appendReplicated(bytes, nextOffset)).rejects.toThrow(InvalidRecordsError);
  equal(database.log.endOffset, endOffset);
}

test("a replica ends with the entries, offsets and epochs of its leader", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60, size: "max" }), async (steps) => {
      const nodes = await startNodes();
      for (const step of steps) await take(nodes, step);
      await expectEqualAfterPulling(nodes);
      await nodes.replica.open();
      await expectEqualAfterPulling(nodes);
      await nodes.leader.store.close();
      await nodes.replica.store.close();
    }),
    { numRuns: 150 },
  );
});

/** A leader with a few records, and a replica with none of them. */
async function startWithRecords(): Promise<Nodes> {
  const nodes = await startNodes();
  const app = nodes.leader.store.database("app");
  for (const key of ["a", "b", "c"]) await app.collection("c").put(key, key);
  await app.batch([
    { op: "put", collection: "c", key: "d", value: 1 },
    { op: "put", collection: "c", key: "e", value: 2 },
  ]);
  return nodes;
}

const chunkOf = ({ leader }: Nodes, from: number): Promise<RecordChunk> =>
  leader.database.log.readFrom(logOffset(from), 1 << 20);

test("the bytes of a replica's records are those of its leader", async () => {
  const nodes = await startWithRecords();
  await expectEqualAfterPulling(nodes);
  const { bytes } = await chunkOf(nodes, 0);
  const copy = await nodes.replica.database.log.readFrom(logOffset(0), 1 << 20);
  expect(copy.bytes.equals(bytes)).toBe(true);
});

test("records above the high watermark are taken, and not shown", async () => {
  const nodes = await startWithRecords();
  const { bytes, nextOffset } = await chunkOf(nodes, 0);
  const { database, store } = nodes.replica;
  await database.appendReplicated(bytes, nextOffset);
  expect(database.log.acceptedOffset).toBe(nextOffset);
  expect(store.database("app").collection("c").count()).toBe(0);
  database.advanceHighWatermark(logOffset(3));
  expect(await Array.fromAsync(store.database("app").collection("c").keys())).toEqual(["a", "b"]);
});

test("a replica refuses what does not follow on its log, and appends nothing of it", async () => {
  const nodes = await startWithRecords();
  const { database } = nodes.replica;
  const all = await chunkOf(nodes, 0);
  const tail = await chunkOf(nodes, 3);
  const head = all.bytes.subarray(0, all.bytes.byteLength - tail.bytes.byteLength);
  const refused: Readonly<Record<string, [Buffer, number]>> = {
    "records in another order": [Buffer.concat([tail.bytes, head]), all.nextOffset],
    "a record twice": [Buffer.concat([head, head]), all.nextOffset],
    "a record that is cut short": [all.bytes.subarray(0, -1), all.nextOffset],
    "bytes behind the last record": [Buffer.concat([all.bytes, Buffer.of(0)]), all.nextOffset],
    "records beyond the end that it names": [all.bytes, 3],
    "no record at all": [Buffer.from("no record at all"), all.nextOffset],
  };
  for (const [what, [bytes, nextOffset]] of Object.entries(refused)) {
    const appended = database.appendReplicated(bytes, logOffset(nextOffset));
    await expect(appended, what).rejects.toThrow(InvalidRecordsError);
    expect(database.log.endOffset, what).toBe(0);
  }

  await database.appendReplicated(all.bytes, all.nextOffset);
  await expect(database.appendReplicated(all.bytes, all.nextOffset)).rejects.toThrow(
    InvalidRecordsError,
  );
  await expect(database.appendReplicated(Buffer.alloc(0), logOffset(2))).rejects.toThrow(
    InvalidRecordsError,
  );
  await expectEqualAfterPulling(nodes);
});

test("a replica refuses records of an epoch that is over", async () => {
  const nodes = await startWithRecords();
  const old = await chunkOf(nodes, 3);
  const other = await startNodes();
  await other.leader.database.beginEpoch(2 as Epoch);
  await expectEqualAfterPulling(other);
  const { database } = other.replica;
  await expect(database.appendReplicated(old.bytes, old.nextOffset)).rejects.toThrow(
    InvalidRecordsError,
  );
});

test("a gap at the end of a compacted log is a gap in its replica", async () => {
  const nodes = await startNodes();
  const collection = nodes.leader.store.database("app").collection("c");
  for (let index = 0; index < 12; index++) await collection.put("same", "x".repeat(1_000));
  await nodes.leader.store.compact();
  for (let index = 0; index < 3; index++) await pull(nodes, 1);
  await nodes.replica.open();
  await expectEqualAfterPulling(nodes);
  expect(nodes.replica.database.log.endOffset).toBe(13);
});

test("reading the log goes on while compaction replaces what is read", async () => {
  // On a real disk, where reading takes turns of the event loop.
  const directory = await mkdtemp(join(tmpdir(), "boxerdb-feed-"));
  try {
    await using store = await open(directory, { segmentBytes: 4096, compaction: "manual" });
    const app = store.database("app");
    for (let index = 0; index < 60; index++) {
      await app.collection("c").put(`key ${index % 7}`, "x".repeat(500));
    }
    const compaction = store.compact();
    let reads = 0;
    for (; app.status()?.compaction.running !== undefined; reads++) {
      const chunk = await app.open?.log.readFrom(logOffset(0), 1 << 20);
      expect(chunk?.nextOffset).toBe(61);
    }
    await compaction;
    expect(reads).toBeGreaterThan(1);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test("what is on its way to the disk is offered, and stays so while segments are compacted", async () => {
  const nodes = await startNodes();
  const { database, machine, store } = nodes.leader;
  const collection = store.database("app").collection("c");
  await expectEqualAfterPulling(nodes);
  for (let index = 0; index < 12; index++) await collection.put("same", "x".repeat(1_000));
  await expectEqualAfterPulling(nodes);

  let turns = 1_000;
  machine.turnsOfNext = () => {
    const next = turns;
    turns = 0;
    return next;
  };
  const { log } = database;
  const synced = log.acceptedOffset;
  const seen: (readonly [accepted: number, offered: number])[] = [];
  const stop = database.onProgress(() => seen.push([log.acceptedOffset, log.offeredOffset]));
  const written = collection.put("key", 1);
  while (seen.length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(seen).toEqual([[synced, synced + 1]]);
  await store.compact();
  // The write is under way still.
  expect([log.acceptedOffset, log.offeredOffset]).toEqual([synced, synced + 1]);
  expect((await log.readFrom(synced, 1)).nextOffset).toBe(synced + 1);
  // A copy may be durable first; nothing of it is visible before it is durable here, too.
  await nodes.replica.database.appendReplicated(
    (await log.readFrom(synced, 1)).bytes,
    logOffset(synced + 1),
  );
  expect(database.highWatermark).toBe(synced);
  await written;
  stop();
  expect(log.acceptedOffset).toBe(synced + 1);
  await expectEqualAfterPulling(nodes);
});

test("what could not be written may be on copies, and no other record takes its offset", async () => {
  const nodes = await startNodes();
  const { leader, replica } = nodes;
  const collection = leader.store.database("app").collection("c");
  await collection.put("first", 1);
  await expectEqualAfterPulling(nodes);

  const { log } = leader.database;
  const end = log.acceptedOffset;
  leader.machine.injector = ({ kind }) =>
    kind === "datasync" ? Object.assign(new Error("EIO"), { code: "EIO" }) : undefined;
  const failed = collection.put("lost", 2);
  failed.catch(() => {});
  while (log.offeredOffset === end) await new Promise((resolve) => setImmediate(resolve));
  const { bytes, nextOffset } = await log.readFrom(end, 1);
  await replica.database.appendReplicated(bytes, nextOffset);
  await expect(failed).rejects.toThrow("writing to the log failed");
  expect([leader.database.highWatermark, replica.database.highWatermark]).toEqual([end, end]);
  await expect(collection.put("more", 3)).rejects.toThrow("writing to the log failed");
  expect(log.offeredOffset).toBe(end + 1);
});
