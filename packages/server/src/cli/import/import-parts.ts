import { CommandError } from "../command-error.ts";

/** Whole lines that are sent in one request. */
export interface LinePart {
  /** The number of the first line, from 1. */
  readonly firstLine: number;
  readonly bytes: Buffer;
  /** Whether no line follows. */
  readonly isLast: boolean;
}

/** How an input is cut into parts. */
export interface LinePartOptions {
  /** The lines before it are left out. */
  readonly firstLine: number;
  /**
   * The first part is full with so many bytes, each other one with twice as many as that before it: a
   * slow source is stored soon, a fast one in large parts. Default: 64 KiB.
   */
  readonly firstPartBytes?: number;
  /** No part is full only with more. Default: 8 MiB. */
  readonly maxPartBytes?: number;
  /** Default: 64 MiB; no document that a server takes by default needs a longer line. */
  readonly maxLineBytes?: number;
}

const KiB = 1024;
const MiB = 1024 * KiB;
const lineFeed = 0x0a;

/**
 * Cuts an input into parts at the ends of lines, without looking at what the lines say. Memory holds
 * one part, or a line that is longer. Of an input without lines to send there is no part.
 *
 * @throws CommandError for a line that is longer than `maxLineBytes`.
 */
export async function* lineParts(
  chunks: AsyncIterable<Buffer>,
  {
    firstLine,
    firstPartBytes = 64 * KiB,
    maxPartBytes = 8 * MiB,
    maxLineBytes = 64 * MiB,
  }: LinePartOptions,
): AsyncGenerator<LinePart, void, void> {
  let partBytes = firstPartBytes;
  let line = firstLine;
  let held: Buffer[] = [];
  let heldBytes = 0;
  /** Of the beginning of a line whose end is not there yet. */
  let begunBytes = 0;
  const take = (isLast: boolean): LinePart => {
    const part = { firstLine: line, bytes: Buffer.concat(held), isLast };
    line += feedsIn(part.bytes);
    held = [];
    heldBytes = 0;
    partBytes = Math.min(2 * partBytes, maxPartBytes);
    return part;
  };
  /** Whether what is held is whole lines and enough of them. Then only its being the last is open. */
  let isFull = false;
  for await (const chunk of withoutLines(chunks, firstLine - 1)) {
    if (isFull) yield take(false);
    held.push(chunk);
    heldBytes += chunk.length;
    const end = chunk.lastIndexOf(lineFeed) + 1;
    begunBytes = end === 0 ? begunBytes + chunk.length : chunk.length - end;
    if (begunBytes > maxLineBytes) {
      const number = line + held.reduce((feeds, bytes) => feeds + feedsIn(bytes), 0);
      throw new CommandError("usage", `line ${number} is longer than ${maxLineBytes} bytes`);
    }
    const isEnough = end > 0 && heldBytes >= partBytes;
    isFull = isEnough && begunBytes === 0;
    if (!isEnough || isFull) continue;
    held.splice(-1, 1, chunk.subarray(0, end));
    yield take(false);
    held.push(chunk.subarray(end));
    heldBytes = begunBytes;
  }
  if (heldBytes > 0) yield take(true);
}

/** The same bytes from behind the end of so many lines. */
async function* withoutLines(
  chunks: AsyncIterable<Buffer>,
  count: number,
): AsyncGenerator<Buffer, void, void> {
  let left = count;
  for await (const chunk of chunks) {
    let start = 0;
    while (left > 0) {
      const feed = chunk.indexOf(lineFeed, start);
      if (feed === -1) break;
      start = feed + 1;
      left--;
    }
    if (left === 0 && start < chunk.length) yield chunk.subarray(start);
  }
}

function feedsIn(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(lineFeed); at !== -1; at = bytes.indexOf(lineFeed, at + 1)) count++;
  return count;
}
