import { dirname } from "node:path";

import type { FileSystem } from "../filesystem/filesystem.ts";

/** Makes the names durable that lead to a directory: any of them may have been made just now. */
export async function syncAncestors(fileSystem: FileSystem, directory: string): Promise<void> {
  for (let path = directory; dirname(path) !== path; path = dirname(path)) {
    try {
      await fileSystem.syncDirectory(dirname(path));
    } catch (error) {
      const isForeign =
        error instanceof Error &&
        "code" in error &&
        ["EACCES", "EPERM"].includes(String(error.code));
      if (!isForeign) throw error; // In a directory that we may not read, we made no names.
    }
  }
}
