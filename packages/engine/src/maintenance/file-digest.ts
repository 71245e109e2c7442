import { crc32 } from "node:zlib";

import type { FileHandle, FileSystem } from "../filesystem/filesystem.ts";

import type { Progress } from "./progress.ts";

/** What tells whether a file is the same as another. */
export interface FileDigest {
  readonly bytes: number;
  /** As in zlib. */
  readonly crc32: number;
}

export const emptyDigest: FileDigest = { bytes: 0, crc32: 0 };

/** The digest of what had this one, with more bytes behind it. */
export const digestWith = (digest: FileDigest, bytes: Uint8Array): FileDigest => ({
  bytes: digest.bytes + bytes.byteLength,
  crc32: crc32(bytes, digest.crc32),
});

export const isSameDigest = (a: FileDigest, b: FileDigest): boolean =>
  a.bytes === b.bytes && a.crc32 === b.crc32;

const stepBytes = 256 << 10;

/** Reads the first `size` bytes of an open file in steps, each in a buffer of its own. */
export async function* stepsOf(
  file: FileHandle,
  size: number,
  progress: Progress,
): AsyncGenerator<Buffer, void> {
  for (let position = 0; position < size;) {
    const bytes = Buffer.allocUnsafe(Math.min(stepBytes, size - position));
    const step = bytes.subarray(0, await file.read(bytes, position));
    if (step.byteLength === 0) return;
    yield step;
    position += step.byteLength;
    await progress.advance(step.byteLength);
  }
}

/** The digest of an open file's first `size` bytes, or of all where it is shorter. */
export async function digestOfHandle(
  file: FileHandle,
  size: number,
  progress: Progress,
): Promise<FileDigest> {
  let digest = emptyDigest;
  for await (const step of stepsOf(file, size, progress)) digest = digestWith(digest, step);
  return digest;
}

/** The digest of a file. */
export async function digestOf(
  fileSystem: FileSystem,
  path: string,
  progress: Progress,
): Promise<FileDigest> {
  const file = await fileSystem.open(path, "read");
  try {
    return await digestOfHandle(file, await file.size(), progress);
  } finally {
    await file.close();
  }
}
