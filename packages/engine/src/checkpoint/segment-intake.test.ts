import { describe, expect, test } from "vitest";

import { parseSegmentFileName } from "../log/segment-name.ts";
import { logOffset } from "../scalars.ts";

import { CheckpointDoubt } from "./checkpoint-doubt.ts";
import {
  decideIntake,
  type FoundSegment,
  type KnownSegment,
  type SegmentIntake,
} from "./segment-intake.ts";

const nameOf = (text: string): KnownSegment["name"] => {
  const [base = "", end] = text.split("-");
  const pad = (offset: string): string => offset.padStart(20, "0");
  const name = parseSegmentFileName(`${pad(base)}${end === undefined ? "" : `-${pad(end)}`}.log`);
  if (name === undefined) throw new Error(`${text} names no segment`);
  return name;
};

/** A segment that ends at `end`; "10" was appended to from offset 10 on, "10-20" was compacted. */
const known = (name: string, end: number, revision = 0): KnownSegment => ({
  name: nameOf(name),
  revision,
  fileBytes: 1000,
  byteSize: 1000,
  endOffset: logOffset(end),
});

const found = (name: string, revision = 0, fileBytes = 1000): FoundSegment => ({
  name: nameOf(name),
  revision,
  fileBytes,
});

const withoutHeader = (name: string): FoundSegment => ({ ...found(name), revision: undefined });

/** Two sealed segments, and the tail, in which the checkpoint's offset is 25. */
const checkpoint = [known("0", 10), known("10", 20), known("20", 25)];
const tail = 2;

const know = (index: number): SegmentIntake => ({ action: "know", known: index });
const goOn = (index: number): SegmentIntake => ({ action: "continue", known: index });
const move = (gone: readonly number[], index?: number): SegmentIntake => ({
  action: "move",
  gone,
  known: index,
});
const read: SegmentIntake = { action: "read" };

test.each<[string, readonly FoundSegment[], readonly SegmentIntake[]]>([
  ["all as it was", [found("0"), found("10"), found("20")], [know(0), know(1), goOn(2)]],
  [
    "the tail has grown",
    [found("0"), found("10"), found("20", 0, 5000)],
    [know(0), know(1), goOn(2)],
  ],
  [
    "segments followed the tail",
    [found("0"), found("10"), found("20", 0, 5000), found("40"), found("50")],
    [know(0), know(1), goOn(2), read, read],
  ],
  [
    "one followed that has no header yet",
    [found("0"), found("10"), found("20"), withoutHeader("40")],
    [know(0), know(1), goOn(2), read],
  ],
  [
    "one was compacted",
    [found("0"), found("10-20", 1), found("20")],
    [know(0), move([1]), goOn(2)],
  ],
  ["two were compacted into one", [found("0-20", 1), found("20")], [move([0, 1]), goOn(2)]],
  [
    "the tail was compacted with what followed",
    [found("0"), found("10-60", 1), found("60")],
    [know(0), move([1, 2]), read],
  ],
  ["all were compacted", [found("0-60", 1), found("60")], [move([0, 1, 2]), read]],
])("%s", (_, segments, expected) => {
  expect(decideIntake(checkpoint, tail, segments)).toEqual(expected);
});

describe("a checkpoint of compacted segments", () => {
  const compacted = [known("0-20", 20, 1), known("20", 25)];

  test("knows them again", () => {
    expect(decideIntake(compacted, 1, [found("0-20", 1), found("20")])).toEqual([know(0), goOn(1)]);
  });

  test("does not know one that was compacted again under the same name, even at the same size", () => {
    expect(decideIntake(compacted, 1, [found("0-20", 2), found("20")])).toEqual([
      move([0]),
      goOn(1),
    ]);
  });

  test("that was written while the index moved knows both what is replaced and what replaces it", () => {
    const both = [...checkpoint, known("0-20", 20, 1)];
    expect(decideIntake(both, tail, [found("0-20", 1), found("20")])).toEqual([
      move([0, 1], 3),
      goOn(2),
    ]);
    expect(decideIntake(both, tail, [found("0-60", 2), found("60")])).toEqual([
      move([0, 1, 2, 3]),
      read,
    ]);
  });
});

test.each<[string, readonly FoundSegment[], string]>([
  ["a segment is missing", [found("0"), found("20")], "10.log is missing"],
  ["the tail is missing", [found("0"), found("10")], "20.log is missing"],
  ["all are missing", [], "0.log is missing"],
  ["a sealed one is shorter", [found("0"), found("10", 0, 999), found("20")], "another size"],
  ["a sealed one is longer", [found("0"), found("10", 0, 1001), found("20")], "another size"],
  ["the tail is shorter", [found("0"), found("10"), found("20", 0, 999)], "another size"],
  ["a sealed one has no header", [withoutHeader("0"), found("10"), found("20")], "not the file"],
  ["the tail has no header", [found("0"), found("10"), withoutHeader("20")], "not the file"],
  ["a compacted one has no header", [withoutHeader("0-20"), found("20")], "no valid header"],
  ["there is one between", [found("0"), found("5"), found("10"), found("20")], "not the file"],
  ["a compacted one ends within a segment", [found("0-15", 1), found("20")], "10.log is missing"],
  ["a compacted one ends within the tail", [found("0-23", 1), found("23")], "20.log is missing"],
])("is in doubt where %s", (_, segments, reason) => {
  const decide = (): unknown => decideIntake(checkpoint, tail, segments);
  expect(decide).toThrow(CheckpointDoubt);
  expect(decide).toThrow(reason);
});
