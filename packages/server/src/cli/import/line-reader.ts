import { CommandError } from "../command-error.ts";

/** A line of text, without its end. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly text: string;
}

/** No document that a server takes by default needs a longer line. */
const defaultMaxLineBytes = 64 * 1024 * 1024;

const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/**
 * Splits UTF-8 into lines that end in LF or CRLF, the last one with or without its end. Memory holds
 * one chunk and one line. Throws CommandError for a line that is not UTF-8 or too long.
 */
export async function* readLines(
  chunks: AsyncIterable<Buffer>,
  maxLineBytes: number = defaultMaxLineBytes,
): AsyncGenerator<Line> {
  let number = 1;
  /** The beginning of a line whose end is not there yet. */
  let begun: Buffer[] = [];
  let begunBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    let end = chunk.indexOf(lineFeed);
    while (end !== -1) {
      yield decode([...begun, chunk.subarray(start, end)], number);
      number += 1;
      begun = [];
      begunBytes = 0;
      start = end + 1;
      end = chunk.indexOf(lineFeed, start);
    }
    if (start === chunk.length) continue;
    begun.push(chunk.subarray(start));
    begunBytes += chunk.length - start;
    if (begunBytes > maxLineBytes) {
      throw new CommandError("usage", `line ${number} is longer than ${maxLineBytes} bytes`);
    }
  }
  if (begun.length > 0) yield decode(begun, number);
}

// A byte order mark, which some editors put at the start of a file, is left out by the decoder.
const utf8 = new TextDecoder("utf-8", { fatal: true });

const decode = (parts: readonly Buffer[], number: number): Line => {
  const [only, ...others] = parts;
  const bytes = only !== undefined && others.length === 0 ? only : Buffer.concat(parts);
  const length = bytes.at(-1) === carriageReturn ? bytes.length - 1 : bytes.length;
  try {
    return { number, text: utf8.decode(bytes.subarray(0, length)) };
  } catch (error) {
    throw new CommandError("usage", `line ${number} is not UTF-8`, { cause: error });
  }
};
