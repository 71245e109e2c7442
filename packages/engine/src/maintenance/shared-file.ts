import { writeFully, type FileHandle, type FileSystem } from "../filesystem/filesystem.ts";

import { digestWith, emptyDigest, stepsOf, type FileDigest } from "./file-digest.ts";
import type { Progress } from "./progress.ts";

/** What a link fails with where a copy can do: other file systems, no such feature, a name that is gone. */
const linkRefusals = new Set([
  "EXDEV",
  "EPERM",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EMLINK",
  "ENOENT",
]);

/** Gives a file a second name; false where that cannot be done. */
export async function tryLink(fileSystem: FileSystem, from: string, to: string): Promise<boolean> {
  try {
    await fileSystem.link(from, to);
    return true;
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : "";
    if (!linkRefusals.has(code)) throw error;
    return false;
  }
}

/** Copies the first bytes of an open file to a new one, durable but for its name. */
export async function copyBytes(
  fileSystem: FileSystem,
  from: FileHandle,
  size: number,
  to: string,
  progress: Progress,
): Promise<FileDigest> {
  progress.expect(size);
  const file = await fileSystem.open(to, "create");
  let digest = emptyDigest;
  try {
    for await (const step of stepsOf(from, size, progress)) {
      await writeFully(file, step, digest.bytes);
      digest = digestWith(digest, step);
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  return digest;
}

/** Has a file that will be replaced under its name live on under another, durable but for that name. */
export async function linkOrCopy(
  fileSystem: FileSystem,
  from: string,
  to: string,
  progress: Progress,
): Promise<void> {
  if (await tryLink(fileSystem, from, to)) return;
  const file = await fileSystem.open(from, "read");
  try {
    await copyBytes(fileSystem, file, await file.size(), to, progress);
  } finally {
    await file.close();
  }
}
