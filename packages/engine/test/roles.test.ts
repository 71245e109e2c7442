/** A database that leads and follows by turns: what becomes of the writes that a change of roles meets. */
import {
  epoch,
  logOffset,
  NotWritableError,
  type OpenDatabase,
  type Store,
  type StoreOptions,
} from "@boxerdb/engine";
import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";

import { decodeChunk } from "../src/log/record-chunk.ts";

import { bytesOfRecords, sentRecord } from "./sent-record.ts";
import { SimulatedMachine } from "./simulated-machine.ts";

const databaseId = "f7b5c1d2-0000-4000-8000-000000000000";

/** What rejects writes whose outcome nobody knows. */
class Deposed extends Error {}

function openIn(store: Store): OpenDatabase {
  const { open } = store.database("app");
  if (open === undefined) throw new Error("the database does not exist");
  return open;
}

describe("a leader that has to stop", () => {
  let machine: SimulatedMachine;
  let store: Store;
  let database: OpenDatabase;

  beforeEach(async () => {
    await start({});
  });

  async function start(options: StoreOptions): Promise<void> {
    machine = new SimulatedMachine();
    store = await machine.open({ commit: "replicated", ...options });
    await store.createReplica("app", databaseId);
    database = openIn(store);
    await database.beginEpoch(epoch(1));
    database.advanceHighWatermark(logOffset(1));
  }

  const put = (key: string, bytes = 1): Promise<unknown> =>
    store
      .database("app")
      .collection("c")
      .put(key, "x".repeat(bytes))
      .catch((error: unknown) => error);

  test("says of writes that are not committed that their outcome is unknown, and keeps them", async () => {
    machine.turnsOfNext = () => 3;
    const onItsWay = put("a");
    while (database.log.endOffset === 1 && machine.operations.length === 0) {
      await new Promise(setImmediate);
    }
    const filling = put("b");
    const reason = new Deposed("another node leads");
    database.stopWriting(reason);
    expect(await Promise.all([onItsWay, filling])).toEqual([reason, reason]);
    expect(await put("c")).toBeInstanceOf(NotWritableError);
    await database.idle();
    expect([database.log.endOffset, database.log.acceptedOffset]).toEqual([3, 3]);
    expect(database.inFlightBytes).toBe(0);

    database.advanceHighWatermark(logOffset(3));
    expect(await Array.fromAsync(store.database("app").collection("c").keys())).toEqual(["a", "b"]);
    await database.beginEpoch(epoch(2));
    const again = put("c");
    while (database.log.acceptedOffset < 5) await new Promise(setImmediate);
    database.advanceHighWatermark(logOffset(5));
    expect(await again).toBe(4);
  });

  test("appends nothing of those who wait for room", async () => {
    await start({ maxInFlightBytes: 100 });
    const appended = put("a", 100);
    const waiting = ["b", "c", "d"].map((key) => put(key, 100));
    database.stopWriting(new Deposed());
    expect(await appended).toBeInstanceOf(Deposed);
    for (const answer of await Promise.all(waiting))
      expect(answer).toBeInstanceOf(NotWritableError);
    await database.idle();
    expect(database.log.endOffset).toBe(2);
  });

  test("takes what the next leader sends behind all that was on its way, or in its place", async () => {
    machine.turnsOfNext = () => 3;
    void put("a");
    database.stopWriting(new Deposed());
    const records = [sentRecord(2, 2, 0, "", ""), sentRecord(3, 2, 0, "b", "sent")];
    await database.appendReplicated(bytesOfRecords(records), logOffset(4));
    expect(database.log.acceptedOffset).toBe(4);

    await database.beginEpoch(epoch(3));
    void put("c");
    database.stopWriting(new Deposed());
    await database.truncateTo(logOffset(2));
    const others = [sentRecord(2, 4, 0, "", ""), sentRecord(3, 4, 0, "d", "sent")];
    await database.appendReplicated(bytesOfRecords(others), logOffset(4));
    database.advanceHighWatermark(logOffset(4));
    expect(await Array.fromAsync(store.database("app").collection("c").keys())).toEqual(["a", "d"]);
  });

  test("says so once, and nothing happens where it did not lead", async () => {
    const write = put("a");
    const first = new Deposed("first");
    database.stopWriting(first);
    database.stopWriting(new Deposed("second"));
    expect(await write).toBe(first);
    await database.truncateTo(logOffset(1));
    expect(database.log.endOffset).toBe(1);
  });
});

/** A write that was asked for; its value is its id. */
interface Write {
  readonly id: string;
  outcome: "pending" | "refused" | "unknown" | number;
}

async function settled(write: Write, put: Promise<number>): Promise<void> {
  try {
    write.outcome = await put;
  } catch (error) {
    write.outcome = error instanceof NotWritableError ? "refused" : "unknown";
  }
}

/** A record as it is found in the log. */
interface Found {
  readonly offset: number;
  readonly epoch: number;
  readonly batchEnd: number;
  /** Undefined in the record of an epoch. */
  readonly id: string | undefined;
}

/** A node whose roles change, and what must hold of it whatever they were. */
class Node {
  readonly #machine = new SimulatedMachine();
  #store: Store | undefined;
  #role: "leads" | "follows" = "follows";
  readonly #writes: Write[] = [];
  readonly #answers: Promise<void>[] = [];
  /** What another leader has sent. */
  readonly #sent = new Set<string>();
  /** The log as it was seen last, as far as nothing may change it any more but a cut. */
  #log: readonly Found[] = [];
  #end = 0;
  #epoch = 0;
  /** The greatest high watermark there was: nothing below it is ever cut. */
  #committed = 0;
  #ids = 0;

  constructor(turns: readonly number[]) {
    let at = 0;
    this.#machine.turnsOfNext = () => turns[at++ % Math.max(turns.length, 1)] ?? 0;
  }

  get #database(): OpenDatabase {
    if (this.#store === undefined) throw new Error("the store is not open");
    return openIn(this.#store);
  }

  async start(): Promise<void> {
    await this.#open();
    await this.#store?.createReplica("app", databaseId);
  }

  async #open(): Promise<void> {
    this.#store = await this.#machine.open({ commit: "replicated", maxInFlightBytes: 2_000 });
    this.#role = "follows";
  }

  lead(): void {
    void this.#database.beginEpoch(epoch(++this.#epoch));
    this.#role = "leads";
  }

  stop(): void {
    this.#database.stopWriting(new Deposed());
    this.#role = "follows";
  }

  write(valueBytes: number): void {
    const id = `own-${this.#ids++}`;
    const write: Write = { id, outcome: "pending" };
    this.#writes.push(write);
    const put = this.#store?.database("app").collection("c").put(id, "x".repeat(valueBytes));
    if (put === undefined) throw new Error("the store is not open");
    this.#answers.push(settled(write, put));
  }

  /** Takes what another leader sends, in the next epoch. */
  async follow(records: number): Promise<void> {
    if (this.#role === "leads") this.stop();
    await this.look();
    const end = this.#end;
    this.#epoch++;
    const sent = [sentRecord(end, this.#epoch, 0, "", "")];
    for (let index = 1; index <= records; index++) {
      const id = `sent-${this.#ids++}`;
      this.#sent.add(id);
      sent.push(sentRecord(end + index, this.#epoch, records - index, id, id));
    }
    await this.#database.appendReplicated(bytesOfRecords(sent), logOffset(end + sent.length));
    await this.look();
  }

  /** Cuts the log at one of the places where another leader's may end. */
  async cut(pick: number): Promise<void> {
    if (this.#role === "leads") this.stop();
    await this.look();
    const places = [this.#committed, ...this.#log.map(({ batchEnd }) => batchEnd + 1)];
    const allowed = places.filter(
      (place) =>
        place >= this.#committed &&
        !this.#log.some(({ offset, batchEnd }) => offset < place && batchEnd >= place),
    );
    const at = allowed[pick % allowed.length];
    if (at === undefined) return; // The high watermark lies within a batch, and nothing comes after that.
    await this.#database.truncateTo(logOffset(at));
    this.#end = Math.min(this.#end, at);
    this.#log = this.#log.filter(({ offset }) => offset < at);
    await this.look();
  }

  commit(share: number): void {
    const { highWatermark, log } = this.#database;
    const offset = highWatermark + Math.ceil((log.acceptedOffset - highWatermark) * share);
    this.#database.advanceHighWatermark(logOffset(offset));
    this.#committed = Math.max(this.#committed, this.#database.highWatermark);
  }

  async turn(turns: number): Promise<void> {
    for (let left = turns; left > 0; left--) await new Promise(setImmediate);
  }

  async reopen(): Promise<void> {
    await this.#store?.close();
    await Promise.all(this.#answers);
    await this.#open();
    await this.look();
  }

  /** Power comes back with what was synced. */
  async cutPower(): Promise<void> {
    if (this.#role === "leads") this.stop();
    await this.look();
    this.#machine.cutPower(() => false);
    await this.#open();
    await this.look();
  }

  /** Has the node come to rest, and checks all that must hold of it then. */
  async look(): Promise<void> {
    const database = this.#database;
    await database.idle();
    const { log } = database;
    expect(log.acceptedOffset).toBe(log.endOffset);
    const { bytes, nextOffset } = await log.readFrom(logOffset(0), 1 << 30);
    const found = decodeChunk(bytes, {
      firstOffset: logOffset(0),
      lastEpoch: epoch(0),
      nextOffset,
    });
    const records = found.map(({ record, start, end }): Found => ({
      offset: record.offset,
      epoch: record.epoch,
      batchEnd: record.offset + record.batchRemaining,
      id: /(own|sent)-\d+/.exec(bytes.toString("latin1", start, end))?.[0],
    }));
    // What was there is there, and what is new was written or sent.
    expect(records.slice(0, this.#log.length)).toEqual(this.#log);
    const asked = new Set(this.#writes.map(({ id }) => id));
    for (const { id } of records) {
      if (id !== undefined) expect(asked.has(id) || this.#sent.has(id)).toBe(true);
    }
    const puts = records.flatMap(({ id, offset }) =>
      id === undefined ? [] : [[id, offset] as const],
    );
    const offsets = new Map(puts);
    expect(offsets.size).toBe(puts.length);
    for (const { id, outcome } of this.#writes) {
      const offset = offsets.get(id);
      if (outcome === "refused") expect(offset).toBeUndefined();
      if (typeof outcome === "number") {
        expect(offset).toBe(outcome);
        expect(outcome).toBeLessThan(this.#committed);
      }
      if (this.#role === "follows") expect(outcome).not.toBe("pending");
    }
    const { highWatermark } = database;
    const visible = records.flatMap(({ id, batchEnd }) =>
      id !== undefined && batchEnd < highWatermark ? [id] : [],
    );
    const keys = await Array.fromAsync(this.#store?.database("app").collection("c").keys() ?? []);
    expect(keys.toSorted()).toEqual(visible.toSorted());
    this.#log = records;
    this.#end = nextOffset;
    this.#epoch = Math.max(this.#epoch, log.epochs.last);
  }

  async end(): Promise<void> {
    if (this.#role === "leads") this.stop();
    await this.look();
    await this.#store?.close();
    await Promise.all(this.#answers);
    expect(this.#machine.openFiles).toEqual([]);
  }
}

type Step = (node: Node) => Promise<void> | void;

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Step>((node) => node.lead()) },
  { weight: 2, arbitrary: fc.constant<Step>((node) => node.stop()) },
  {
    weight: 8,
    arbitrary: fc.integer({ min: 1, max: 1_500 }).map(
      (bytes): Step =>
        (node) =>
          node.write(bytes),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat({ max: 4 }).map(
      (records): Step =>
        (node) =>
          node.follow(records),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat().map(
      (pick): Step =>
        (node) =>
          node.cut(pick),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom(0.3, 1).map(
      (share): Step =>
        (node) =>
          node.commit(share),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.nat({ max: 8 }).map(
      (turns): Step =>
        (node) =>
          node.turn(turns),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((node) => node.reopen()) },
  { weight: 1, arbitrary: fc.constant<Step>((node) => node.cutPower()) },
);

test("whatever its roles were, a write is committed, or refused, or nobody was told what it is", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { maxLength: 40 }),
      fc.array(fc.nat({ max: 3 }), { maxLength: 7 }),
      async (steps, turns) => {
        const node = new Node(turns);
        await node.start();
        for (const step of steps) await step(node);
        await node.end();
      },
    ),
    { numRuns: 300 },
  );
});
