import * as fc from "fast-check";
import { expect, test } from "vitest";

import { MemoryFileSystem } from "../filesystem/memory-filesystem.ts";
import { BlockCache } from "../log/block-cache.ts";
import { byteStringOf } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { createLog } from "../log/log-recovery.ts";
import type { Log } from "../log/log.ts";
import { beginRecord, endRecord } from "../log/record.ts";
import type { Epoch, LogOffset, TimestampMs } from "../scalars.ts";
import { encodeValue } from "../value/value-encoder.ts";
import { OpenGroup } from "../write/open-group.ts";

import { LogCursor } from "./log-cursor.ts";

/** What one write puts into the log: batches of values by their lengths, then a gap in the offsets. */
interface ModelGroup {
  readonly batches: readonly (readonly number[])[];
  readonly gap: number;
}

interface ModelRecord {
  readonly offset: number;
  readonly batchEnd: number;
  readonly valueBytes: number;
}

async function newLog(): Promise<Log> {
  return createLog({
    fileSystem: new MemoryFileSystem(),
    directory: "/",
    databaseId: "an id",
    logId: 7,
    blockCache: new BlockCache(0),
    noteEnd: async () => {},
    onDamage: () => {},
    segmentBytes: 2_000,
  });
}

/** Appends a group; what was written. */
async function append(log: Log, { batches, gap }: ModelGroup): Promise<ModelRecord[]> {
  const group = new OpenGroup();
  const records: ModelRecord[] = [];
  let offset: number = log.endOffset;
  for (const batch of batches) {
    const batchEnd = offset + batch.length - 1;
    for (const valueBytes of batch) {
      const record = {
        kind: FrameKind.put,
        offset: offset as LogOffset,
        epoch: 1 as Epoch,
        timestamp: 0 as TimestampMs,
        expires: null,
        batchRemaining: batchEnd - offset,
        collection: byteStringOf("c"),
        key: byteStringOf("key"),
      };
      const start = beginRecord(group.writer, record);
      encodeValue(group.writer, "x".repeat(valueBytes));
      endRecord(group.writer, start);
      records.push({ offset, batchEnd, valueBytes });
      offset++;
    }
  }
  const nextOffset = (offset + gap) as LogOffset;
  const terms = { highWatermark: log.endOffset, durability: "disk", onOffered: () => {} } as const;
  await log.append({ bytes: group.bytes, nextOffset }, terms);
  return records;
}

/** The offsets of all that a cursor gives below `committed`. */
async function readAll(cursor: LogCursor, committed: number): Promise<number[]> {
  const offsets: number[] = [];
  do {
    let taken = cursor.take();
    for (; taken !== undefined; taken = cursor.take()) offsets.push(taken.record.offset);
  } while ((await cursor.fill(committed as LogOffset)) === "more");
  return offsets;
}

const group = fc.record({
  batches: fc.array(fc.array(fc.nat({ max: 300 }), { minLength: 1, maxLength: 4 }), {
    maxLength: 4,
  }),
  gap: fc.oneof(fc.constant(0), fc.nat({ max: 5 })),
});

test("each committed record comes once, whatever the window, the beginning and the watermarks", async () => {
  const advances = fc.array(fc.nat({ max: 6 }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(group, { maxLength: 20 }),
      fc.nat({ max: 40 }),
      fc.integer({ min: 1, max: 700 }),
      advances,
      async (groups, from, windowBytes, advances) => {
        const log = await newLog();
        const cursor = new LogCursor(log, from as LogOffset, windowBytes);
        const written: ModelRecord[] = [];
        const seen: number[] = [];
        let committed = 0;
        const read = async (): Promise<void> => {
          seen.push(...(await readAll(cursor, committed)));
          const expected = written
            .filter(({ offset, batchEnd }) => offset >= from && batchEnd < committed)
            .map(({ offset }) => offset);
          expect(seen).toEqual(expected);
          const last = expected.at(-1);
          expect(cursor.offset).toBeGreaterThanOrEqual(last === undefined ? from : last + 1);
          expect(cursor.offset).toBeLessThanOrEqual(Math.max(from, committed));
        };
        for (const [index, next] of groups.entries()) {
          written.push(...(await append(log, next)));
          committed = Math.min(committed + (advances[index] ?? 9), log.endOffset);
          await read();
        }
        committed = log.endOffset;
        await read();
        expect(cursor.offset).toBe(Math.max(from, log.endOffset));
      },
    ),
    { numRuns: 500 },
  );
});

test("a cursor that has begun anew at any of its offsets gives the rest", async () => {
  const log = await newLog();
  const written: ModelRecord[] = [];
  for (let index = 0; index < 30; index++) {
    written.push(...(await append(log, { batches: [[10, 200], [30]], gap: index % 3 })));
  }
  expect(log.segments.length).toBeGreaterThan(3);
  for (let from = 0; from <= log.endOffset; from++) {
    const offsets = await readAll(new LogCursor(log, from as LogOffset, 100), log.endOffset);
    expect(offsets).toEqual(written.map(({ offset }) => offset).filter((offset) => offset >= from));
  }
});
