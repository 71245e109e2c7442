import { isUtf8 } from "node:buffer";

import { formatByteSize } from "../config/byte-size.ts";

import { BadLineError } from "./bad-line-error.ts";
import { GatheredBytes } from "./gathered-bytes.ts";

/** Lines that follow on each other, without their ends. */
export interface LineBlock {
  /** The number of the first one, from 1. */
  readonly firstNumber: number;
  readonly texts: readonly string[];
}

/** How lines are counted and bounded. */
export interface LineOptions {
  /** The number of the first line. Default: 1. */
  readonly firstNumber?: number;
  readonly maxLineBytes: number;
}

const lineFeed = 0x0a;
const byteOrderMark = "\ufeff";

/**
 * Splits UTF-8 into lines that end in LF, the last one with or without its end; a CR before it is white
 * space to JSON. Lines come as many at once as a chunk ends, which is much faster than one by one.
 * Memory holds one chunk and one line. A byte order mark before line 1 is left out.
 *
 * @throws BadLineError for a line that is not UTF-8 or longer than `maxLineBytes`, after the lines
 * before it.
 */
export async function* lineBlocks(
  chunks: AsyncIterable<Uint8Array>,
  { firstNumber = 1, maxLineBytes }: LineOptions,
): AsyncGenerator<LineBlock> {
  let nextNumber = firstNumber;
  /** The beginning of a line whose end is not there yet. */
  const begun = new GatheredBytes();
  const take = function* (bytes: Uint8Array): Generator<LineBlock> {
    for (const block of decodeLines(bytes, nextNumber, maxLineBytes)) {
      nextNumber = block.firstNumber + block.texts.length;
      yield block;
    }
  };
  for await (const chunk of chunks) {
    const end = chunk.lastIndexOf(lineFeed);
    if (end !== -1) {
      begun.add(chunk.subarray(0, end));
      yield* take(begun.take());
    }
    begun.add(chunk.subarray(end + 1));
    if (begun.length > maxLineBytes) throw tooLong(nextNumber, maxLineBytes);
  }
  if (begun.length > 0) yield* take(begun.take());
}

function* decodeLines(
  bytes: Uint8Array,
  firstNumber: number,
  maxLineBytes: number,
): Generator<LineBlock> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(buffer) && buffer.length <= maxLineBytes) {
    yield { firstNumber, texts: textOf(buffer, firstNumber).split("\n") };
  } else {
    yield* decodeOneByOne(buffer, firstNumber, maxLineBytes);
  }
}

function* decodeOneByOne(
  buffer: Buffer,
  firstNumber: number,
  maxLineBytes: number,
): Generator<LineBlock> {
  let start = 0;
  for (let number = firstNumber; start <= buffer.length; number++) {
    const feed = buffer.indexOf(lineFeed, start);
    const end = feed === -1 ? buffer.length : feed;
    const line = buffer.subarray(start, end);
    if (line.length > maxLineBytes) throw tooLong(number, maxLineBytes);
    if (!isUtf8(line)) throw new BadLineError(number, "it is not UTF-8");
    yield { firstNumber: number, texts: [textOf(line, number)] };
    start = end + 1;
  }
}

function textOf(buffer: Buffer, lineNumber: number): string {
  const text = buffer.toString();
  return lineNumber === 1 && text.startsWith(byteOrderMark) ? text.slice(1) : text;
}

const tooLong = (number: number, maxLineBytes: number): BadLineError =>
  new BadLineError(
    number,
    `it is longer than ${formatByteSize(maxLineBytes)}, the most that a line may have`,
  );
