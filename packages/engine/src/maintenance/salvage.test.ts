import { expect, test } from "vitest";

import { MemoryFileSystem } from "../filesystem/memory-filesystem.ts";
import { byteStringOf } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import { MsgpackWriter } from "../log/msgpack-cursor.ts";
import { beginRecord, endRecord } from "../log/record.ts";
import { encodeSegmentHeader } from "../log/segment-header.ts";
import { bytePosition, epoch, logOffset, timestampMs } from "../scalars.ts";
import { encodeValue } from "../value/value-encoder.ts";

import { salvage, type Stretch } from "./salvage.ts";
import { SegmentFileWriter } from "./segment-file-writer.ts";

const logId = 7;
const path = "/log";
const [collection, key] = [byteStringOf("c"), byteStringOf("k")];

function recordOf(offset: number, value: Uint8Array | string): Buffer {
  const writer = new MsgpackWriter(Buffer.alloc(0));
  const start = beginRecord(writer, {
    kind: FrameKind.put,
    offset: logOffset(offset),
    epoch: epoch(1),
    timestamp: timestampMs(1),
    expires: null,
    batchRemaining: 0,
    collection,
    key,
  });
  encodeValue(writer, value);
  endRecord(writer, start);
  return writer.bytes.subarray(start, writer.position);
}

/** A file with groups of records, and where each group begins. */
async function fileOf(groups: readonly (readonly Buffer[])[]): Promise<{
  readonly fileSystem: MemoryFileSystem;
  readonly groupsStart: number;
  readonly positions: readonly number[];
}> {
  const fileSystem = new MemoryFileSystem();
  const header = encodeSegmentHeader({
    databaseId: "id",
    logId,
    baseOffset: logOffset(0),
    coveredEnd: undefined,
    purgeFloor: logOffset(0),
    revision: 0,
  });
  const writer = await SegmentFileWriter.create(fileSystem, path, header, logId);
  const positions: number[] = [];
  let next = 0;
  for (const records of groups) {
    positions.push(writer.position);
    next += records.length;
    const promises = { nextOffset: logOffset(next), highWatermark: logOffset(0) };
    await writer.addGroup({ ...promises, syncedUpTo: bytePosition(0) }, records);
  }
  await writer.finish();
  return { fileSystem, groupsStart: header.byteLength, positions };
}

/** What is salvaged: the offsets of records, and those that are lost, in each stretch. */
async function salvaged(fileSystem: MemoryFileSystem, from: number): Promise<unknown[]> {
  const file = await fileSystem.open(path, "read");
  const range = { from: bytePosition(from), size: await file.size(), firstOffset: logOffset(0) };
  const stretches: Stretch[] = await Array.fromAsync(salvage(file, logId, range));
  return stretches.map(({ records, gaps }) => [
    records.map(({ offset }) => offset),
    gaps.map(({ from, to }) => [from, to]),
  ]);
}

const groupHeader = 48;

test("a damaged record costs itself, a damaged length the rest of its group, a header nothing", async () => {
  const records = [0, 1, 2, 3, 4, 5].map((offset) => recordOf(offset, "value"));
  const { fileSystem, groupsStart, positions } = await fileOf([
    records.slice(0, 3),
    records.slice(3, 5),
    records.slice(5),
  ]);
  const [first = 0, second = 0] = positions;
  const length = records[0]?.byteLength ?? 0;
  const damaged = async (byte: number): Promise<unknown[]> => {
    const copy = fileSystem.clone();
    copy.flipBit(path, byte * 8);
    return salvaged(copy, groupsStart);
  };
  const after = [
    [[3, 4], []],
    [[5], []],
  ];
  expect(await salvaged(fileSystem, groupsStart)).toEqual([[[0, 1, 2], []], ...after]);
  expect(await damaged(first + groupHeader + 2 * length - 1)).toEqual([
    [[0, 2], [[1, 2]]],
    ...after,
  ]);
  expect(await damaged(first + groupHeader + 3 * length - 1)).toEqual([
    [[0, 1], [[2, 3]]],
    ...after,
  ]);
  expect(await damaged(first + groupHeader + length + 5)).toEqual([[[0], [[1, 3]]], ...after]);
  expect(await damaged(first + 20)).toEqual([[[0, 1, 2], []], ...after]);
  expect(await damaged(second + 20)).toEqual([[[0, 1, 2], []], ...after]);
});

test("what a value holds is not taken for records, even where a damaged length leads to it", async () => {
  for (const offset of [0, 1, 2, 3, 4]) {
    const forged = recordOf(offset, "forged");
    const holder = recordOf(1, Uint8Array.from([...Buffer.alloc(300), ...forged]));
    const group = [recordOf(0, "a"), holder, recordOf(2, "b"), recordOf(3, "c")];
    const { fileSystem, groupsStart } = await fileOf([group, [recordOf(4, "d")]]);
    const bytes = Buffer.from(fileSystem.readBytes(path));
    const start = groupsStart + groupHeader + (group[0]?.byteLength ?? 0);
    bytes.writeUInt32LE(holder.byteLength - forged.byteLength - 8, start + 4);
    fileSystem.writeBytes(path, bytes);
    const lost = [[0], [[1, 4]]];
    expect(await salvaged(fileSystem, groupsStart), `${offset}`).toEqual([lost, [[4], []]]);
  }
});
