/**
 * Makes a backup of an archive that comes over the network. Until all of it is there, has the checksums
 * that its manifest tells, and is durable, it stands in `incoming.partial` in its directory; then
 *
 *   databases/, STORE and BACKUP get their places, in this order
 *
 * so that what an interruption leaves at any point has no `BACKUP`, and is no backup.
 */
import { mkdir, open, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";

import {
  claimDirectory,
  InvalidBackupError,
  nodeFileSystem,
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
  const incoming = join(directory, incomingName);
  const placed: string[] = [];
  try {
    await claimDirectory(nodeFileSystem, directory, incoming);
  } catch (error) {
    await removeEmpty(directory, made);
    throw error;
  }
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
    await putIntoPlace(incoming, directory, placed);
    return description;
  } catch (error) {
    // Of what stands there, only what this call has put there is its to remove.
    for (const path of [...placed, incoming]) await rm(path, { recursive: true, force: true });
    await removeEmpty(directory, made);
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
  for (const path of directories) await nodeFileSystem.syncDirectory(path);
}

/** `placed` gets the path of each part as soon as it is in its place. */
async function putIntoPlace(incoming: string, directory: string, placed: string[]): Promise<void> {
  for (const part of parts) {
    const path = join(directory, part);
    await rename(join(incoming, part), path);
    placed.push(path);
    await nodeFileSystem.syncDirectory(directory);
  }
  await rmdir(incoming);
  await nodeFileSystem.syncDirectory(directory);
}

/** Removes a directory and those above it up to the first that was made for it, as far as they are empty. */
async function removeEmpty(directory: string, made: string | undefined): Promise<void> {
  if (made === undefined) return;
  for (let path = directory; path.length >= made.length; path = dirname(path)) {
    try {
      await rmdir(path);
    } catch (error) {
      if (!isStillUsed(error)) throw error;
      return;
    }
  }
}

/** Whether somebody else has put something into a directory meanwhile, or has removed it. */
const isStillUsed = (error: unknown): boolean =>
  error instanceof Error &&
  "code" in error &&
  ["ENOTEMPTY", "EEXIST", "ENOENT"].includes(String(error.code));
