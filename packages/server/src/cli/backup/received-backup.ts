/**
 * Makes a backup of an archive that comes over the network. Until all of it is there, has the checksums
 * that its manifest tells, and is durable, it stands in `incoming.partial` in its directory; then
 *
 *   databases/, STORE and BACKUP get their places, in this order
 *
 * so that what an interruption leaves at any point has no `BACKUP`, and is no backup.
 */
import { mkdir, open, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";

import {
  DirectoryNotEmptyError,
  InvalidBackupError,
  verifyBackup,
  type BackupDescription,
  type WorkOptions,
} from "@boxerdb/engine";

import { readTar } from "./tar-reader.ts";

/** An archive on its way. */
export interface IncomingArchive {
  /** Its length in bytes; undefined where that was not told. */
  readonly bytes: number | undefined;
  readonly chunks: AsyncIterable<Uint8Array>;
}

const incomingName = "incoming.partial";
const parts = ["databases", "STORE", "BACKUP"] as const;

/** The files that a backup has. Anything else is not written: a name could lead out of the directory. */
const fileName = /^(?:STORE|BACKUP|databases\/[a-z0-9+][a-z0-9+._-]*\/[A-Za-z0-9][A-Za-z0-9._-]*)$/;

/**
 * Receives a backup, which is only asked for when there is a directory to put it into: one that is absent
 * or empty. Leaves nothing there where it rejects: with
 * DirectoryNotEmptyError, InvalidBackupError, AbortError, or what the archive's chunks throw.
 */
export async function receiveBackup(
  ask: () => Promise<IncomingArchive>,
  directory: string,
  { signal, onProgress }: Required<WorkOptions>,
): Promise<BackupDescription> {
  const made = await mkdir(directory, { recursive: true });
  // A fresh volume has lost+found.
  const found = (await readdir(directory)).find((name) => name !== "lost+found");
  if (found !== undefined) throw new DirectoryNotEmptyError(directory, found);
  const incoming = join(directory, incomingName);
  try {
    const { bytes, chunks } = await ask();
    let received = 0;
    const total = bytes ?? 0;
    const counted = async function* () {
      for await (const chunk of chunks) {
        received += chunk.byteLength;
        // Half of the work: what was received is read back.
        onProgress(received, 2 * Math.max(total, received));
        yield chunk;
      }
    };
    await extract(counted(), incoming);
    const description = await verifyBackup(incoming, {
      signal,
      onProgress: (done, all) => onProgress(received + done, received + all),
    });
    await putIntoPlace(incoming, directory);
    return description;
  } catch (error) {
    const names = [incomingName, ...parts];
    for (const name of names) await rm(join(directory, name), { recursive: true, force: true });
    if (made !== undefined) await rmdir(directory);
    throw error;
  }
}

async function extract(archive: AsyncIterable<Uint8Array>, directory: string): Promise<void> {
  const directories = new Set([directory]);
  for await (const file of readTar(archive)) {
    if (!fileName.test(file.path)) {
      throw new InvalidBackupError(`what was sent is no backup: it holds a file ${file.path}`);
    }
    const path = join(directory, file.path);
    for (let at = dirname(path); at.length >= directory.length; at = dirname(at))
      directories.add(at);
    await mkdir(dirname(path), { recursive: true });
    await using handle = await open(path, "wx");
    for await (const chunk of file.content) await handle.writeFile(chunk);
    await handle.datasync();
  }
  for (const path of directories) await syncDirectory(path);
}

async function putIntoPlace(incoming: string, directory: string): Promise<void> {
  for (const part of parts) {
    await rename(join(incoming, part), join(directory, part));
    await syncDirectory(directory);
  }
  await rmdir(incoming);
  await syncDirectory(directory);
}

/** A name is durable when its directory is. */
async function syncDirectory(path: string): Promise<void> {
  await using directory = await open(path, "r");
  await directory.sync();
}
