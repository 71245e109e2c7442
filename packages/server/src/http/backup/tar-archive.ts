/**
 * Writes files as a tar archive (POSIX.1-1988 ustar, with pax headers for long names), a chunk at a time
 * as it is taken: so much is in memory and no more. Each file stands in it as
 *
 *   [ pax header, where the name is long ]  header, 512 bytes  its bytes  zeros up to a multiple of 512
 *
 * and two blocks of zeros end it.
 */
import { open } from "node:fs/promises";
import { join } from "node:path";

import { Header, Pax } from "tar";

/** A file that goes into an archive. */
export interface ArchivedFile {
  /** From the archive's directory on. */
  readonly path: string;
  readonly bytes: number;
}

const blockBytes = 512;
const chunkBytes = 256 << 10;
const archiveEnd = Buffer.alloc(2 * blockBytes);

/** The length of an archive, in bytes. */
export const archiveBytes = (files: readonly ArchivedFile[], modified: Date): number =>
  files.reduce(
    (sum, file) => sum + headerOf(file, modified).byteLength + file.bytes + paddingOf(file),
    archiveEnd.byteLength,
  );

/** The archive of files in a directory. Throws where one of them is not as long as it is said to be. */
export async function* archiveOf(
  directory: string,
  files: readonly ArchivedFile[],
  modified: Date,
): AsyncGenerator<Uint8Array, void, void> {
  for (const file of files) {
    yield headerOf(file, modified);
    yield* contentOf(directory, file);
    const padding = paddingOf(file);
    if (padding > 0) yield Buffer.alloc(padding);
  }
  yield archiveEnd;
}

/** Zeros behind a file, up to the next block. */
const paddingOf = ({ bytes }: ArchivedFile): number =>
  (blockBytes - (bytes % blockBytes)) % blockBytes;

function headerOf({ path, bytes }: ArchivedFile, modified: Date): Buffer {
  const fields = { path, size: bytes, mode: 0o644, mtime: modified };
  const block = Buffer.alloc(blockBytes);
  const needsPax = new Header({ ...fields, type: "File" }).encode(block);
  return needsPax ? Buffer.concat([new Pax(fields).encode(), block]) : block;
}

async function* contentOf(
  directory: string,
  { path, bytes }: ArchivedFile,
): AsyncGenerator<Uint8Array, void, void> {
  await using file = await open(join(directory, path));
  for (let position = 0; position < bytes;) {
    const chunk = Buffer.allocUnsafe(Math.min(chunkBytes, bytes - position));
    const { bytesRead } = await file.read(chunk, 0, chunk.byteLength, position);
    if (bytesRead === 0) throw new Error(`${path} ends at byte ${position}, before ${bytes}`);
    yield chunk.subarray(0, bytesRead);
    position += bytesRead;
  }
}
