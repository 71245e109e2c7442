/**
 * What was deleted, replaced or has expired does not come back: not by compaction, not at the next
 * open, not on a replica that resumes anywhere, and not when the clock is set back.
 */
import { deepStrictEqual, equal } from "node:assert/strict";

import {
  logOffset,
  timestampMs,
  type BatchOperation,
  type Epoch,
  type LogOffset,
  type OpenDatabase,
  type Storable,
  type Store,
} from "@boxerdb/engine";
import * as fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";

import { FrameKind } from "../src/log/frame-kind.ts";
import { decodeChunk } from "../src/log/record-chunk.ts";
import { decodeValue } from "../src/value/value-decoder.ts";

import { leadAlone } from "./lone-leader.ts";
import { SimulatedMachine } from "./simulated-machine.ts";

type Step =
  | {
      readonly type: "write";
      readonly key: string;
      readonly bytes: number;
      /** How long the value lives; undefined for a deletion. */
      readonly ttlMs: number | undefined;
      readonly op: "put" | "delete";
    }
  | { readonly type: "wait"; readonly ms: number }
  | { readonly type: "compact"; /** Before the next step. */ readonly settle: boolean }
  | { readonly type: "reopen" }
  | {
      readonly type: "copy";
      /** About how much a new replica reads for now. */ readonly bytes: number;
    };

const keys = ["a", "b", "c", "d", "e", "f"];

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      type: fc.constant("write" as const),
      key: fc.constantFrom(...keys),
      bytes: fc.constantFrom(10, 600, 2_000),
      ttlMs: fc.constantFrom(undefined, undefined, 50, 5_000),
      op: fc.constantFrom("put" as const, "put" as const, "delete" as const),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("wait" as const),
      ms: fc.constantFrom(60, 2_000, 10_000, -3_000),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant("compact" as const), settle: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.constant({ type: "reopen" } as const) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("copy" as const), bytes: fc.constantFrom(1, 3_000) }),
  },
);

/** What a key holds. */
interface Held {
  readonly value: Storable;
  readonly expires: number;
}

/**
 * A database whose log nobody resumes (`synced`), or anybody from anywhere once the first replica has
 * come (`replicated`).
 */
class Life {
  readonly #machine = new SimulatedMachine();
  readonly #commit: "synced" | "replicated";
  /** What every key holds, what has expired included. */
  readonly #held = new Map<string, Held>();
  /** The keys whose value has expired while nobody resumed, so that compaction may have dropped it. */
  readonly #expired = new Set<string>();
  /** What replicas hold that have stopped somewhere, by the log's end at that time. */
  readonly #copies = new Map<number, ReadonlyMap<string, Held>>();
  #store: Store | undefined;
  #hasReplicas = false;
  #compaction: Promise<unknown> | undefined;
  #count = 0;

  /** Operations on files take some turns of the event loop, so that writes come between compaction's. */
  constructor(commit: "synced" | "replicated") {
    this.#commit = commit;
    let operations = 0;
    this.#machine.turnsOfNext = () => operations++ % 3;
  }

  async take(step: Step): Promise<void> {
    switch (step.type) {
      case "write":
        await this.#write(step);
        break;
      case "wait":
        this.#machine.clock.advance(step.ms);
        for (const [key, { expires }] of this.#held) {
          const hasExpired = expires <= this.#machine.clock.now();
          if (hasExpired && !this.#hasReplicas) this.#expired.add(key);
        }
        break;
      case "copy":
        if (this.#commit === "replicated") await this.#beginCopy(step.bytes);
        break;
      case "compact":
        this.#compaction = this.#store?.compact();
        if (step.settle) await this.#compaction;
        break;
      case "reopen":
        await this.open();
        break;
    }
    this.#compare();
  }

  async open(): Promise<void> {
    await this.#compaction;
    await this.#store?.close();
    this.#store = await this.#machine.open({ commit: this.#commit });
    leadAlone(this.#store);
    if (!this.#store.database("d").exists) await this.#store.createDatabase("d");
    if (this.#commit === "synced") return;
    const database = this.#database;
    const commit = (): void => database.advanceHighWatermark(database.log.acceptedOffset);
    database.onProgress(commit);
    await database.beginEpoch((database.log.epochs.last + 1) as Epoch);
    commit();
  }

  async close(): Promise<void> {
    await this.#store?.close();
  }

  /** A new replica comes, reads the log from its beginning, and stops somewhere. */
  async #beginCopy(bytes: number): Promise<void> {
    await this.#store?.admitReplicas();
    this.#hasReplicas = true;
    const { end, held } = await this.#readOn(logOffset(0), new Map(), bytes);
    this.#copies.set(end, held);
  }

  /** Replicas that have stopped somewhere catch up with the log, and show the same then. */
  async expectCopiesCatchUp(): Promise<void> {
    for (const [end, copy] of this.#copies) {
      const { held } = await this.#readOn(logOffset(end), copy, Infinity);
      // The clock was set back behind the expiry of a value that was dropped before any replica came.
      const expected = [...this.#held].filter(([key]) => held.has(key) || !this.#expired.has(key));
      deepStrictEqual(this.#shownBy(held), this.#shownBy(new Map(expected)), `resumed at ${end}`);
    }
  }

  /** What a replica holds after it has read about so many bytes more, and where it has got to. */
  async #readOn(
    from: LogOffset,
    before: ReadonlyMap<string, Held>,
    maxBytes: number,
  ): Promise<{ readonly end: LogOffset; readonly held: ReadonlyMap<string, Held> }> {
    const held = new Map(before);
    const { bytes, nextOffset } = await this.#database.log.readFrom(from, maxBytes);
    const follows = { firstOffset: from, lastEpoch: 0 as Epoch, nextOffset };
    for (const { record } of decodeChunk(bytes, follows)) {
      const { kind, key, expires, valueStart, valueEnd } = record;
      const value = decodeValue(bytes, valueStart, valueEnd);
      if (kind === FrameKind.delete) held.delete(key);
      else if (kind === FrameKind.put) held.set(key, { value, expires: expires ?? Infinity });
    }
    return { end: nextOffset, held };
  }

  #shownBy(held: ReadonlyMap<string, Held>): unknown {
    const now = this.#machine.clock.now();
    const shown = [...held].filter(([, { expires }]) => expires > now);
    return Object.fromEntries(shown.map(([key, { value }]) => [key, value]));
  }

  get #database(): OpenDatabase {
    const open = this.#store?.database("d").open;
    if (open === undefined) throw new Error("the database does not exist");
    return open;
  }

  async #write({ key, bytes, ttlMs, op }: Extract<Step, { type: "write" }>): Promise<void> {
    const value = `${this.#count++} `.padEnd(bytes, "x");
    const expires =
      ttlMs === undefined ? undefined : timestampMs(this.#machine.clock.now() + ttlMs);
    const place = { collection: "c", key };
    const operation: BatchOperation =
      op === "put"
        ? { op, ...place, value, ...(expires !== undefined && { expires }) }
        : { op, ...place };
    // As a batch, so that a tombstone is written whatever there is to delete.
    await this.#store?.database("d").batch([operation]);
    this.#expired.delete(key);
    if (op === "delete") this.#held.delete(key);
    else this.#held.set(key, { value, expires: expires ?? Infinity });
    // One that has all of it stops here.
    if (this.#hasReplicas) this.#copies.set(this.#database.log.endOffset, new Map(this.#held));
  }

  #compare(): void {
    const collection = this.#store?.database("d").collection("c");
    const now = this.#machine.clock.now();
    for (const key of keys) {
      const shown = collection?.getSync(key);
      const held = this.#held.get(key);
      const expected = held !== undefined && held.expires > now ? held.value : undefined;
      // The clock was set back behind the expiry of a value that may have been dropped.
      const isLost = this.#expired.has(key) && shown === undefined;
      if (!isLost) equal(shown, expected, key);
    }
  }
}

for (const commit of ["synced", "replicated"] as const) {
  test(`nothing comes back where the log is ${commit}`, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { minLength: 10, maxLength: 80, size: "max" }),
        async (steps) => {
          const life = new Life(commit);
          await life.open();
          for (const step of steps) await life.take(step);
          if (commit === "replicated") await life.expectCopiesCatchUp();
          await life.open();
          await life.close();
        },
      ),
      { numRuns: 300 },
    );
  });
}

describe("a record that hides an older one in a segment that is not compacted", () => {
  const segmentBytes = 4_096;
  let machine: SimulatedMachine;
  let store: Store;

  beforeEach(async () => {
    machine = new SimulatedMachine();
    store = await machine.open({ segmentBytes });
    // The first segment: "a" is a small part of it. The next write goes to the second one.
    await put("a", 400);
    await put("b", 3_300);
    await put("c", 1_000);
  });

  const put = async (key: string, bytes: number, expires?: number): Promise<void> => {
    const options = expires === undefined ? {} : { expires: timestampMs(expires) };
    await store.database("d").collection("c").put(key, "x".repeat(bytes), options);
  };
  const reopen = async (): Promise<void> => {
    await store.close();
    store = await machine.open({ segmentBytes });
  };
  const get = (key: string): unknown => store.database("d").collection("c").getSync(key);
  /** Has the second segment lose what was "c", and compacts it. */
  const compactSecond = async (): Promise<void> => {
    await put("filler", 2_800);
    await put("c", 10);
    await put("filler", 10);
    await store.compact();
  };

  test("stays where it is a tombstone", async () => {
    await store.database("d").collection("c").delete("a");
    await compactSecond();
    expect(store.database("d").status()?.compaction.runs).toBe(1);
    await reopen();
    expect(get("a")).toBeUndefined();
    expect(get("b")).toBeDefined();
  });

  test("stays where it is a value that has expired", async () => {
    await put("a", 10, machine.clock.now() + 1_000);
    machine.clock.advance(10_000);
    await compactSecond();
    expect(store.database("d").status()?.compaction.runs).toBe(1);
    await reopen();
    expect(get("a")).toBeUndefined();
    expect(get("b")).toBeDefined();
  });

  test("goes when the older one is gone, although others there were replaced since", async () => {
    await store.database("d").collection("c").delete("a");
    await put("b", 10);
    await compactSecond();
    // The first segment was worth compacting now, and "a" is no more in it.
    await put("d", 3_000);
    await put("e", 3_000);
    await put("d", 10);
    await store.compact();
    const tombstones = store
      .database("d")
      .status()
      ?.segments.map((one) => one.tombstoneBytes);
    expect(tombstones?.every((bytes) => bytes === 0)).toBe(true);
    await reopen();
    expect(get("a")).toBeUndefined();
  });
});
