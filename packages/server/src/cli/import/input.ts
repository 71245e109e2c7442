import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";

import { CommandError } from "../command-error.ts";

/** Something to import from. */
export interface Input {
  readonly name: string;
  readonly stream: Readable;
  /** The size in bytes as it is stored; undefined where nobody knows before the end. */
  readonly totalBytes: number | undefined;
}

/** Opens a file, or standard input for "-". */
export const openInput = async (source: string, stdin: Readable): Promise<Input> => {
  if (source === "-") return { name: "standard input", stream: stdin, totalBytes: undefined };
  const found = await stat(source).catch((error: unknown) => {
    throw new CommandError("usage", `cannot read ${source}: ${reasonOf(error)}`, { cause: error });
  });
  if (found.isDirectory()) {
    throw new CommandError("usage", `cannot read ${source}: it is a directory`);
  }
  return {
    name: source,
    stream: createReadStream(source),
    totalBytes: found.isFile() ? found.size : undefined,
  };
};

const reasonOf = (error: unknown): string => {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES") return "permission denied";
  return error instanceof Error ? error.message : String(error);
};

/** What every gzip file begins with. */
const gzipMagic = Buffer.from([0x1f, 0x8b]);

/**
 * The content of an input: inflated if it begins as gzip does, whatever its name. `read` hears how
 * many bytes of the input were taken so far, before inflating.
 */
export async function* content(
  input: Input,
  read: (bytes: number) => void,
): AsyncGenerator<Buffer> {
  const chunks = counted(input.stream, read);
  const { head, ended } = await firstBytes(chunks, gzipMagic.length);
  const whole = ended ? [head] : prepended(head, chunks);
  if (!head.subarray(0, gzipMagic.length).equals(gzipMagic)) {
    yield* whole;
    return;
  }
  const gunzip = createGunzip();
  // A failure of the source destroys `gunzip`, and is thrown where that is read.
  pipeline(whole, gunzip, () => undefined);
  try {
    yield* gunzip;
  } catch (error) {
    throw isZlibError(error) ? damagedGzip(input, error) : error;
  }
}

async function* counted(
  stream: Readable,
  read: (bytes: number) => void,
): AsyncGenerator<Buffer, undefined> {
  let bytes = 0;
  for await (const chunk of stream) {
    const buffer = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    bytes += buffer.length;
    read(bytes);
    yield buffer;
  }
}

const firstBytes = async (
  chunks: AsyncGenerator<Buffer, undefined>,
  count: number,
): Promise<{ head: Buffer; ended: boolean }> => {
  const taken: Buffer[] = [];
  let bytes = 0;
  while (bytes < count) {
    const next = await chunks.next();
    if (next.done === true) return { head: Buffer.concat(taken), ended: true };
    taken.push(next.value);
    bytes += next.value.length;
  }
  return { head: Buffer.concat(taken), ended: false };
};

async function* prepended(head: Buffer, rest: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  yield head;
  yield* rest;
}

const isZlibError = (error: unknown): error is Error =>
  error instanceof Error &&
  "code" in error &&
  typeof error.code === "string" &&
  error.code.startsWith("Z_");

const damagedGzip = (input: Input, cause: Error): CommandError =>
  new CommandError("usage", `${input.name} is damaged or cut short, as gzip: ${cause.message}`, {
    cause,
  });
