/**
 * Overwrites a database without end on a disk that holds twice the live data and a constant, and no
 * more: compaction must make room before it is needed, for itself too.
 */
import { MemoryFileSystem, timestampMs, type BatchOperation, type Store } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { SimulatedMachine } from "./simulated-machine.ts";

const KiB = 1 << 10;
const segmentBytes = 1 << 20;
// With segments of 1 MiB, compaction's shortest segment has 64 KiB; four of them are the constant.
const constantBytes = 4 * 64 * KiB;
const valueBytes = 1 * KiB;
const batchRecords = 16;
/** How long a batch takes by the clock, and how long a value lives that expires: a thousand records. */
const batchMs = 1_000;
const ttlMs = 125_000;

/** A sequence of numbers from 0 to 1, the same in every run. */
function* random(): Generator<number, never> {
  for (let state = 1; ;) {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    yield ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}

interface Write {
  readonly op: "put" | "delete";
  readonly key: number;
  /** Whether the value expires. */
  readonly expires?: boolean;
}
/** The keys that a writer writes, by how many it has written and by chance. */
type Shape = (count: number, keys: number, chance: () => number) => Write;

const shapes: Readonly<Record<string, Shape>> = {
  "all keys alike": (_count, keys, chance) => ({ op: "put", key: Math.floor(chance() * keys) }),
  "a few keys most of the time": (_count, keys, chance) => {
    const isHot = chance() < 0.9;
    return { op: "put", key: Math.floor(chance() * (isHot ? keys / 10 : keys)) };
  },
  "the keys in their order, over and over": (count, keys) => ({ op: "put", key: count % keys }),
  "keys that are never written again, and deleted in their order": (count, keys) =>
    count % 2 === 0 ? { op: "put", key: count / 2 + keys } : { op: "delete", key: (count - 1) / 2 },
  "all keys alike, and as many deletions": (_count, keys, chance) => ({
    op: chance() < 0.5 ? "put" : "delete",
    key: Math.floor(chance() * keys),
  }),
  // What was overwritten among the ones must not keep what has expired of the others.
  "keys that expire, between others that are overwritten": (count, keys, chance) =>
    count % 2 === 0
      ? { op: "put", key: keys + count, expires: true }
      : { op: "put", key: Math.floor((chance() * keys) / 2) },
};

/** A database that is written to, and what is live in it. */
class Workload {
  readonly machine: SimulatedMachine;
  // When each key's value expires.
  readonly #live = new Map<number, number>();
  readonly #chance: () => number;
  readonly #store: Store;

  private constructor(machine: SimulatedMachine, store: Store) {
    this.machine = machine;
    this.#store = store;
    const numbers = random();
    this.#chance = () => numbers.next().value;
  }

  static async start(): Promise<Workload> {
    const machine = new SimulatedMachine(new MemoryFileSystem({ capacityBytes: 2 ** 40 }));
    // The clock stands still, so compaction must not be limited by it.
    const compactionBytesPerSecond = 2 ** 36;
    const options = { segmentBytes, compaction: "background", compactionBytesPerSecond } as const;
    return new Workload(machine, await machine.open(options));
  }

  /** Bytes of values that a reader sees. */
  get liveBytes(): number {
    return this.#live.size * valueBytes;
  }

  /** Writes `count` records, gives compaction its turns after each batch, and limits the disk before the next. */
  async write(shape: Shape, count: number, keys: number, capacity?: () => number): Promise<void> {
    for (let written = 0; written < count; written += batchRecords) {
      const writes = Array.from({ length: batchRecords }, (_, index) =>
        shape(written + index, keys, this.#chance),
      );
      const { clock } = this.machine;
      clock.advance(batchMs);
      await this.#compacted();
      const now = clock.now();
      for (const { op, key, expires } of writes) {
        if (op === "put") this.#live.set(key, expires === true ? now + ttlMs : Infinity);
        else this.#live.delete(key);
      }
      for (const [key, expires] of this.#live) if (expires <= now) this.#live.delete(key);
      if (capacity !== undefined) this.machine.disk.setCapacity(capacity());
      await this.#store.database("d").batch(writes.map((write) => operationOf(write, now)));
      await this.#compacted();
    }
  }

  async close(): Promise<void> {
    expect(this.machine.events.filter(({ type }) => type === "compaction-failed")).toEqual([]);
    await this.#store.close();
  }

  async #compacted(): Promise<void> {
    while (this.#store.database("d").status()?.compaction.running !== undefined) {
      await new Promise(setImmediate);
    }
  }
}

const value = "v".repeat(valueBytes);
const operationOf = ({ op, key, expires }: Write, now: number): BatchOperation => {
  const place = { collection: "c", key: `key ${key}` };
  if (op === "delete") return { op, ...place };
  const expiry = expires === true && { expires: timestampMs(now + ttlMs) };
  return { op, ...place, value, ...expiry };
};

const inOrder: Shape = (count) => ({ op: "put", key: count });

for (const [name, shape] of Object.entries(shapes)) {
  test(`${name}: the disk need not hold more than twice the live data`, async () => {
    const keys = 2_000;
    const workload = await Workload.start();
    const once = (): number => 2 * workload.liveBytes + constantBytes + segmentBytes;
    const always = (): number => 2 * workload.liveBytes + constantBytes;
    await workload.write(inOrder, keys, keys, once);
    // Segments that were filled before there was any garbage take more, once.
    await workload.write(shape, 2 * keys, keys, once);
    await workload.write(shape, 8 * keys, keys, always);
    await workload.close();
  });
}

test("a database that is smaller than a segment does not fill one with garbage", async () => {
  const keys = 10;
  const workload = await Workload.start();
  const shape = shapes["all keys alike"];
  if (shape === undefined) throw new Error("there is no such shape");
  await workload.write(shape, 4_000, keys, () => 2 * workload.liveBytes + constantBytes);
  await workload.close();
});
