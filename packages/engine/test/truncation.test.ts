/**
 * A follower's log is cut where that of its new leader ends, and goes on with what the new leader sends:
 * at every offset, and with the machine stopped at every operation on files.
 */
import { deepStrictEqual, equal, ok } from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  logOffset,
  open,
  PoisonedError,
  verifyDirectory,
  type Epoch,
  type OpenDatabase,
  type Store,
  type StoreOptions,
} from "@boxerdb/engine";
import { describe, expect, test } from "vitest";

import { randomSurvival, type SurvivalRule } from "../src/filesystem/survival.ts";
import { SystemError } from "../src/filesystem/system-error.ts";
import { decodeChunk } from "../src/log/record-chunk.ts";

import { bytesOfRecords, sentRecord, type SentRecord } from "./sent-record.ts";
import { dataDirectory, SimulatedMachine } from "./simulated-machine.ts";

/** What a leader sends in one answer: a group in the log of its follower. */
interface Sending {
  readonly records: readonly SentRecord[];
  readonly nextOffset: number;
}

/** Says what a leader sends: each letter a put of that key, `-` a record that compaction has dropped. */
class Script {
  readonly sendings: Sending[] = [];
  #epoch: number;
  #nextOffset: number;

  constructor(epoch: number, firstOffset: number) {
    this.#epoch = epoch;
    this.#nextOffset = firstOffset;
  }

  get nextOffset(): number {
    return this.#nextOffset;
  }

  /** Words are batches; `!` begins an epoch, the next one but in the first sending. */
  send(text: string, valueBytes: number): this {
    const records: SentRecord[] = [];
    for (const word of text.split(" ")) {
      for (const [index, key] of word.split("").entries()) {
        const offset = this.#nextOffset++;
        if (key === "-") continue;
        if (key === "!" && offset > 0) this.#epoch++;
        const value = `${key} at ${offset} ${"x".repeat(valueBytes)}`;
        const batchRemaining = word.length - 1 - index;
        records.push(
          sentRecord(offset, this.#epoch, batchRemaining, key === "!" ? "" : key, value),
        );
      }
    }
    this.sendings.push({ records, nextOffset: this.#nextOffset });
    return this;
  }

  get records(): readonly SentRecord[] {
    return this.sendings.flatMap(({ records }) => records);
  }
}

/** Several segments of 4 KiB: single writes, batches, groups of both, gaps, and three epochs. */
const oldLeader = new Script(1, 0)
  .send("!", 0)
  .send("a", 900)
  .send("a", 900)
  .send("a", 900)
  .send("a b", 900)
  .send("a b", 900)
  // From here on, records are not committed.
  .send("c", 300)
  .send("d", 1_500)
  .send("e fgh i", 500)
  .send("! j", 700)
  .send("--kl- m", 600)
  .send("n", 700)
  .send("!", 0)
  .send("opq", 400)
  .send("r", 5_000)
  .send("s t u v", 100)
  .send("w---", 100)
  .send("x", 20);
const committed = 8;
const oldEnd = oldLeader.nextOffset;

/** What the new leader sends after the cut. */
const newLeader = (from: number): Script =>
  new Script(9, from).send("!", 0).send("zac", 800).send("e y", 1_200).send("q", 2_500);

const isWithinBatch = (offset: number): boolean =>
  oldLeader.records.some(
    (record) => record.offset < offset && record.offset + record.batchRemaining >= offset,
  );

const offsets = Array.from({ length: oldEnd - committed + 1 }, (_, index) => committed + index);
const cuts = offsets.filter((offset) => !isWithinBatch(offset));

/** A follower's store on a machine. */
class Follower {
  readonly machine: SimulatedMachine;
  #store: Store | undefined;

  constructor(machine = new SimulatedMachine()) {
    this.machine = machine;
  }

  get store(): Store {
    if (this.#store === undefined) throw new Error("the store is not open");
    return this.#store;
  }

  get database(): OpenDatabase {
    const { open } = this.store.database("app");
    if (open === undefined) throw new Error("the database does not exist");
    return open;
  }

  async open(options: StoreOptions = {}): Promise<this> {
    await this.#store?.close();
    this.#store = await this.machine.open({ commit: "replicated", ...options });
    return this;
  }

  async close(): Promise<void> {
    await this.#store?.close();
    this.#store = undefined;
  }

  async take({ sendings }: Script): Promise<void> {
    for (const { records, nextOffset } of sendings) {
      await this.database.appendReplicated(bytesOfRecords(records), logOffset(nextOffset));
    }
  }

  commit(offset: number): void {
    this.database.advanceHighWatermark(logOffset(offset));
  }

  /** Has these records and no other, and ends at this offset. */
  async expectLog(records: readonly SentRecord[], end: number, place: string): Promise<void> {
    const { log } = this.database;
    equal(log.endOffset, end, place);
    equal(log.acceptedOffset, end, place);
    const chunk = await log.readFrom(logOffset(0), 1 << 30);
    equal(chunk.nextOffset, end, place);
    ok(chunk.bytes.equals(bytesOfRecords(records)), place);
    const starts = new Map<number, number>();
    for (const { epoch, offset } of records) starts.set(epoch, starts.get(epoch) ?? offset);
    const found = log.epochs.starts.map(({ epoch, startOffset }) => [epoch, startOffset]);
    deepStrictEqual(found, [...starts], place);
  }

  /** Has not put its checkpoint aside, if there was one: a cut changes nothing that it knows. */
  expectNoDoubt(): void {
    const events = this.machine.events.filter(({ type }) => type === "checkpoint-refused");
    deepStrictEqual(events, []);
  }

  /** Shows what these records leave, by its index and by its feed. */
  async expectContents(records: readonly SentRecord[], place: string): Promise<void> {
    const puts = records.filter(({ key }) => key !== "");
    const newest = new Map(puts.map(({ key, value, offset }) => [key, { value, offset }]));
    const app = this.store.database("app");
    const entries = await Array.fromAsync(app.collection("c").list());
    deepStrictEqual(
      entries.map(({ key, value, offset }) => [key, { value, offset }]),
      [...newest].toSorted(([a], [b]) => (a < b ? -1 : 1)),
      place,
    );
    const changes = await Array.fromAsync(app.changes({ from: logOffset(0), live: false }));
    deepStrictEqual(
      changes.map((change) => (change.type === "put" ? change.offset : change.type)),
      puts.map(({ offset }) => offset),
      place,
    );
  }

  /** Takes what the new leader sends, which has everything below `cut` too, and is then as that is. */
  async follow(kept: readonly SentRecord[], cut: number, place: string): Promise<void> {
    const sent = newLeader(cut);
    await this.take(sent);
    const records = [...kept, ...sent.records];
    await this.expectLog(records, sent.nextOffset, place);
    this.commit(sent.nextOffset);
    await this.expectContents(records, place);
    await this.open();
    await this.expectLog(records, sent.nextOffset, place);
    await this.expectContents(records, place);
    const report = await verifyDirectory(dataDirectory, { fileSystem: this.machine.disk });
    ok(report.ok, place);
  }
}

/** A follower that has all that the old leader has sent, committed as far as that was. */
async function follower(): Promise<Follower> {
  const one = await new Follower().open();
  await one.store.createReplica("app", "f7b5c1d2-0000-4000-8000-000000000000");
  await one.take(oldLeader);
  one.commit(committed);
  return one;
}

/** Which of the old leader's records a follower has. */
async function recordsOf({ database }: Follower): Promise<readonly SentRecord[]> {
  const { bytes, nextOffset } = await database.log.readFrom(logOffset(0), 1 << 30);
  const expected = { firstOffset: logOffset(0), lastEpoch: 0 as Epoch, nextOffset };
  const present = new Set(
    decodeChunk(bytes, expected).map(({ record }) => record.offset as number),
  );
  return oldLeader.records.filter(({ offset }) => present.has(offset));
}

const below = (records: readonly SentRecord[], end: number): readonly SentRecord[] =>
  records.filter(({ offset }) => offset < end);

const states: Readonly<Record<string, () => Promise<Follower>>> = {
  "as it was written": follower,
  "after it was opened again": async () => (await follower()).open(),
  "after compaction": async () => {
    const one = await follower();
    await one.store.compact();
    return one;
  },
  "with a checkpoint": async () => {
    const one = await follower();
    await one.store.checkpoint();
    return one;
  },
  "opened from a checkpoint after compaction": async () => {
    const one = await follower();
    await one.store.compact();
    await one.store.checkpoint();
    return one.open();
  },
};

test("the log that is cut has segments of every kind", async () => {
  const one = await states["after compaction"]?.();
  const segments = one?.store.database("app").status()?.segments ?? [];
  expect(segments.map(({ compacted }) => compacted)).toContain(true);
  expect(segments.find(({ compacted }) => compacted)?.endOffset).toBe(committed);
  expect(segments.length).toBeGreaterThan(4);
  expect(cuts.length).toBeGreaterThan(20);
});

describe.each(Object.entries(states))("a log %s", (_name, prepare) => {
  test.each(cuts)("ends at offset %i when it is cut there, and goes on from there", async (cut) => {
    const one = await prepare();
    const kept = below(await recordsOf(one), cut);
    await one.database.truncateTo(logOffset(cut));
    await one.expectLog(kept, cut, "when it was cut");
    await one.expectContents(below(kept, committed), "when it was cut");
    await one.follow(kept, cut, "when it goes on at once");
    await one.close();
    expect(one.machine.openFiles).toEqual([]);
  });

  test.each(cuts)("ends at offset %i for good", async (cut) => {
    const one = await prepare();
    const kept = below(await recordsOf(one), cut);
    await one.database.truncateTo(logOffset(cut));
    one.machine.cutPower(() => false);
    const again = await new Follower(new SimulatedMachine(one.machine.disk)).open();
    await again.expectLog(kept, cut, "after a power cut");
    again.expectNoDoubt();
    await again.follow(kept, cut, "when it goes on after a power cut");
  });

  test("is cut again and again", async () => {
    const one = await prepare();
    const all = await recordsOf(one);
    for (const cut of cuts.toReversed()) {
      await one.database.truncateTo(logOffset(cut));
      await one.expectLog(below(all, cut), cut, `at ${cut}`);
    }
    await one.follow(below(all, committed), committed, "in the end");
  });
});

describe("where a log is not cut", () => {
  test("below the high watermark, which is named", async () => {
    const one = await follower();
    const cutting = one.database.truncateTo(logOffset(committed - 1));
    await expect(cutting).rejects.toThrow(RangeError);
    await expect(cutting).rejects.toThrow(/offset 7: .* high watermark 8 /);
    await one.expectLog(oldLeader.records, oldEnd, "unchanged");
  });

  test("within a batch", async () => {
    const one = await follower();
    const before = one.machine.operations.length;
    for (const offset of offsets.filter(isWithinBatch)) {
      await expect(one.database.truncateTo(logOffset(offset))).rejects.toThrow(RangeError);
    }
    expect(one.machine.operations.length).toBe(before);
    await one.expectLog(oldLeader.records, oldEnd, "unchanged");
  });

  test("at its end, and behind it", async () => {
    const one = await follower();
    const before = one.machine.operations.length;
    await one.database.truncateTo(logOffset(oldEnd));
    await one.database.truncateTo(logOffset(oldEnd + 10));
    expect(one.machine.operations.length).toBe(before);
  });

  test("on a leader, and not by two at once", async () => {
    const one = await follower();
    one.machine.turnsOfNext = () => 5;
    const cutting = one.database.truncateTo(logOffset(10));
    while (one.database.log.acceptedOffset > 10) await new Promise(setImmediate);
    await expect(one.database.truncateTo(logOffset(10))).rejects.toThrow(/being cut/);
    await expect(one.database.appendReplicated(Buffer.alloc(0), logOffset(10))).rejects.toThrow(
      /being cut/,
    );
    await cutting;
    await one.database.beginEpoch(9 as Epoch);
    await expect(one.database.truncateTo(logOffset(10))).rejects.toThrow(/leader/);
  });
});

describe("who reads while a log is cut", () => {
  test.each(cuts)(
    "a snapshot stays as it is, and its files stay open, at offset %i",
    async (cut) => {
      const one = await follower();
      const snapshot = one.store.database("app").snapshot();
      const entries = await Array.fromAsync(snapshot.collection("c").list());
      await one.database.truncateTo(logOffset(cut));
      const sent = newLeader(cut);
      await one.take(sent);
      one.commit(sent.nextOffset);
      expect(await Array.fromAsync(snapshot.collection("c").list())).toEqual(entries);
      snapshot.close();
      await new Promise(setImmediate);
      expect(one.machine.openFiles).toHaveLength(one.database.log.segments.length);
    },
  );

  test.each(cuts)("a feed goes on with the new leader's records, at offset %i", async (cut) => {
    for (const highWatermark of offsets.filter((offset) => offset <= cut)) {
      const one = await follower();
      one.commit(highWatermark);
      const feed = one.store.database("app").changes({ from: logOffset(0) });
      const shown: number[] = [];
      const reading = (async () => {
        for await (const change of feed) shown.push(change.type === "put" ? change.offset : -1);
      })();
      await settle();
      const records = below(oldLeader.records, cut);
      expect(shown).toEqual(visible(records, highWatermark));
      await one.database.truncateTo(logOffset(cut));
      const sent = newLeader(cut);
      await one.take(sent);
      one.commit(sent.nextOffset);
      await settle();
      expect(shown).toEqual(visible([...records, ...sent.records], sent.nextOffset));
      await feed.return();
      await reading;
    }
  });

  test("a block that was in memory is read again", async () => {
    const one = await new Follower().open({ segmentBytes: 1 << 20 });
    await one.store.createReplica("app", "f7b5c1d2-0000-4000-8000-000000000000");
    const keys = "abcdefghijklmnopqrstuvwxyz";
    await one.take(new Script(1, 0).send("!", 0).send(keys.split("").join(" "), 1_500));
    one.commit(5);
    const collection = one.store.database("app").collection("c");
    expect(collection.getSync("c")).toMatch(/^c at 3 /);
    await one.database.truncateTo(logOffset(5));
    const sent = new Script(9, 5).send("!", 0).send(keys.toUpperCase().split("").join(" "), 1_501);
    await one.take(sent);
    one.commit(sent.nextOffset);
    for (const [index, key] of `abcd${keys.toUpperCase()}`.split("").entries()) {
      const offset = index < 4 ? index + 1 : index + 2;
      expect(collection.getEntry(key)).toMatchObject({
        offset,
        value: expect.stringMatching(`^${key} at ${offset} `),
      });
    }
  });
});

const visible = (records: readonly SentRecord[], end: number): number[] =>
  records
    .filter(({ key, offset, batchRemaining }) => key !== "" && offset + batchRemaining < end)
    .map(({ offset }) => offset);

/** Lets everything happen that can happen by itself. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate);
}

/** The ways in which a machine can stop. */
const stops: Readonly<Record<string, "kill" | SurvivalRule>> = {
  "the process was killed": "kill",
  "of what was unsynced nothing survived": () => false,
  "of what was unsynced all survived": () => true,
  "of what was unsynced the sizes survived": () => "size",
  "of what was unsynced something survived (1)": randomSurvival(1),
  "of what was unsynced something survived (2)": randomSurvival(2),
};

/** A cut, by the kinds of the operations on files that it takes. */
interface Rehearsal {
  readonly cut: number;
  readonly operations: number;
}

/** One cut for each sequence of operations that there is. */
async function rehearse(disk: SimulatedMachine["disk"]): Promise<readonly Rehearsal[]> {
  const rehearsals = new Map<string, Rehearsal>();
  for (const cut of cuts) {
    const one = await new Follower(new SimulatedMachine(disk.clone())).open();
    const before = one.machine.operations.length;
    await one.database.truncateTo(logOffset(cut));
    const kinds = one.machine.operations.slice(before).map(({ kind }) => kind);
    rehearsals.set(kinds.join(), { cut, operations: kinds.length });
  }
  expect(rehearsals.size).toBeGreaterThan(6);
  return [...rehearsals.values()];
}

async function closedDisk(): Promise<SimulatedMachine["disk"]> {
  const prepared = await follower();
  await prepared.store.checkpoint();
  await prepared.close();
  return prepared.machine.disk;
}

test("a crash at any operation of a cut leaves a beginning of the log", async () => {
  const disk = await closedDisk();
  for (const { cut, operations } of await rehearse(disk)) {
    for (let operation = 0; operation < operations; operation++) {
      for (const [how, stop] of Object.entries(stops)) {
        const place = `cut at ${cut}, ${how} at operation ${operation}`;
        const machine = new SimulatedMachine(disk.clone());
        const one = await new Follower(machine).open();
        machine.haltAfter(operation, 0.5);
        await expect(one.database.truncateTo(logOffset(cut))).rejects.toThrow(PoisonedError);
        if (stop === "kill") machine.killProcess();
        else machine.cutPower(stop);

        const again = await new Follower(new SimulatedMachine(machine.disk)).open();
        const { endOffset } = again.database.log;
        ok(endOffset >= cut, `${place}: it ends at ${endOffset}`);
        await again.expectLog(below(oldLeader.records, endOffset), endOffset, place);
        again.expectNoDoubt();
        // Where the log said how far it was committed, may have been behind the cut.
        ok(again.database.highWatermark <= committed, place);
        again.commit(committed);
        await again.expectContents(below(oldLeader.records, committed), place);
        await again.database.truncateTo(logOffset(cut));
        await again.follow(below(oldLeader.records, cut), cut, place);
        const leftovers = again.machine.disk.fileNames().filter((path) => path.endsWith(".tmp"));
        deepStrictEqual(leftovers, [], place);
      }
    }
  }
});

test("a cut that the disk refuses poisons the database, which reads on", async () => {
  const disk = await closedDisk();
  for (const { cut, operations } of await rehearse(disk)) {
    for (let operation = 0; operation < operations; operation++) {
      const place = `cut at ${cut}, operation ${operation}`;
      const one = await new Follower(new SimulatedMachine(disk.clone())).open();
      const refused = one.machine.operations.length + operation;
      one.machine.injector = ({ index, kind, path }) =>
        kind !== "read" && index === refused ? new SystemError("EIO", kind, path) : undefined;
      await expect(one.database.truncateTo(logOffset(cut)), place).rejects.toThrow(PoisonedError);
      await expect(one.database.truncateTo(logOffset(cut)), place).rejects.toThrow(PoisonedError);
      await one.expectContents(below(oldLeader.records, committed), place);
      await one.open();
      expect(one.machine.openFiles).toHaveLength(one.database.log.segments.length);
      ok(one.database.log.endOffset >= cut, place);
      await one.database.truncateTo(logOffset(cut));
      await one.follow(below(oldLeader.records, cut), cut, place);
    }
  }
});

test("files on a real disk are cut, and written on", async () => {
  const directory = await mkdtemp(join(tmpdir(), "boxerdb-truncation-"));
  try {
    for (const cut of cuts) {
      const path = join(directory, String(cut));
      const store = await open(path, { commit: "replicated", segmentBytes: 4096 });
      await store.createReplica("app", "b5e6e7fc-1d0f-4d0b-9d3a-1f7a3f6f5a10");
      const database = store.database("app").open;
      ok(database);
      for (const { records, nextOffset } of oldLeader.sendings) {
        await database.appendReplicated(bytesOfRecords(records), logOffset(nextOffset));
      }
      await database.truncateTo(logOffset(cut));
      const next = newLeader(cut);
      for (const { records, nextOffset } of next.sendings) {
        await database.appendReplicated(bytesOfRecords(records), logOffset(nextOffset));
      }
      const kept = oldLeader.records.filter(({ offset }) => offset < cut);
      const { bytes } = await database.log.readFrom(logOffset(0), 1 << 30);
      ok(bytes.equals(bytesOfRecords([...kept, ...next.records])), `cut at ${cut}`);
      await store.close();
      equal((await verifyDirectory(path)).ok, true);
    }
  } finally {
    await rm(directory, { recursive: true });
  }
});
