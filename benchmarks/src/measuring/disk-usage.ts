import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

/**
 * Bytes that the files below a directory take on the disk. Files that vanish meanwhile take none, and
 * neither does a directory that is not there.
 */
export async function diskUsedBytes(directory: string): Promise<number> {
  const options = { recursive: true, withFileTypes: true } as const;
  const entries = await readdir(directory, options).catch(throwUnlessAbsent);
  let bytes = 0;
  for (const entry of entries ?? []) {
    if (!entry.isFile()) continue;
    const status = await stat(join(entry.parentPath, entry.name)).catch(throwUnlessAbsent);
    // Blocks are of 512 bytes, whatever the file system's are. A sparse file takes what it holds.
    bytes += (status?.blocks ?? 0) * 512;
  }
  return bytes;
}

function throwUnlessAbsent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
