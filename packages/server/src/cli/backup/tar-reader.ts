import { InvalidBackupError } from "@boxerdb/engine";
import { Header, Pax } from "tar";

import { ChunkReader } from "./chunk-reader.ts";

/** A file of an archive. Its content is to be read before the next file is asked for. */
export interface ArchivedFile {
  readonly path: string;
  readonly bytes: number;
  readonly content: AsyncIterable<Uint8Array>;
}

const blockBytes = 512;

/** More than a header has that tells a long name. */
const maxExtendedBytes = 64 << 10;

/**
 * The files of a backup's tar archive as it arrives, a chunk of it in memory. Throws InvalidBackupError
 * where it is no such archive, ends early, or holds anything but files.
 */
export async function* readTar(
  archive: AsyncIterable<Uint8Array>,
): AsyncGenerator<ArchivedFile, void, void> {
  const reader = new ChunkReader(archive);
  let extended: Pax | undefined;
  for (;;) {
    const header = new Header(await reader.exactly(blockBytes), 0, extended);
    if (header.nullBlock) break;
    const { size: bytes, type, cksumValid } = header;
    // Where a name is told before the header, what the header has of it is cut.
    const path = extended?.path ?? header.path;
    if (!cksumValid || path === undefined || bytes === undefined) {
      throw notABackup("there is something else where a header should be");
    }
    if (type === "ExtendedHeader") {
      if (bytes > maxExtendedBytes) throw notABackup(`it has a header of ${bytes} bytes`);
      extended = Pax.parse((await reader.exactly(bytes)).toString());
      await reader.skip(paddingOf(bytes));
      continue;
    }
    if (type !== "File") throw notABackup(`${path} is no file but a ${type}`);
    extended = undefined;
    yield { path, bytes, content: reader.next(bytes) };
    await reader.skip(paddingOf(bytes));
  }
  // What follows is the second block of zeros, and what pads the archive.
  await reader.drain();
}

const notABackup = (what: string): InvalidBackupError =>
  new InvalidBackupError(`what was sent is no backup: ${what}`);

const paddingOf = (bytes: number): number => (blockBytes - (bytes % blockBytes)) % blockBytes;
