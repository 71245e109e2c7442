import { CorruptionError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { verifyDatabase } from "../inspection/verifier.ts";
import { readDatabaseManifest } from "../store/manifest.ts";

import { digestOf, isSameDigest, type FileDigest } from "./file-digest.ts";
import type { Progress } from "./progress.ts";

/**
 * Reads a database back that was just written: every file must have the digest that is expected of it,
 * and its log must be without any damage. Resolves to the digests of all files, by their names.
 */
export async function readBack(
  fileSystem: FileSystem,
  directory: string,
  expected: ReadonlyMap<string, FileDigest | undefined>,
  progress: Progress,
): Promise<ReadonlyMap<string, FileDigest>> {
  const digests = new Map<string, FileDigest>();
  for (const { name } of await fileSystem.list(directory)) {
    const path = `${directory}/${name}`;
    const wanted = expected.get(name);
    progress.expect(wanted?.bytes ?? 0);
    const digest = await digestOf(fileSystem, path, progress);
    // It is read once more below.
    progress.expect(digest.bytes);
    if (wanted !== undefined && !isSameDigest(digest, wanted)) {
      throw new CorruptionError(path, 0, "read back, it is not what was written");
    }
    digests.set(name, digest);
  }
  const manifest = await readDatabaseManifest(fileSystem, directory);
  const { damage } = await verifyDatabase(fileSystem, directory, manifest, (bytes) => {
    progress.note(bytes);
  });
  const [first] = damage;
  if (first !== undefined) throw new CorruptionError(first.path, first.position, first.reason);
  return digests;
}
