import { AbortError, open } from "@boxerdb/engine";

import type { CompactProgress, CompactResult } from "./client/maintenance-answers.ts";

/** As fast as the disk is: nobody else works on the directory. */
const bytesPerSecond = 2 ** 36;

/** How often the progress is looked at. */
const lookEveryMs = 250;

/**
 * Compacts the store in a directory that nothing has open. Rejects with AbortError when the signal comes:
 * what is done by then stays, what was being rewritten stays as it was.
 */
export async function compactDirectory(
  directory: string,
  database: string | undefined,
  signal: AbortSignal,
  onProgress: (progress: CompactProgress) => void,
): Promise<CompactResult> {
  await using store = await open(directory, {
    // As a server does: what is not known to be committed is left alone.
    commit: "replicated",
    createIfMissing: false,
    compaction: "manual",
    compactionBytesPerSecond: bytesPerSecond,
  });
  // Closing ends a compaction. Whether that failed is told by the closing at the end.
  const stop = (): void => void store.close().catch(() => {});
  signal.addEventListener("abort", stop);
  const looking = setInterval(() => {
    for (const { name, compaction } of store.status().databases) {
      if (compaction.running !== undefined) onProgress({ database: name, ...compaction.running });
    }
  }, lookEveryMs);
  try {
    const databases = await store.compact(database === undefined ? {} : { database });
    if (signal.aborted) throw new AbortError("the compaction", signal.reason);
    return { databases: [...databases] };
  } finally {
    clearInterval(looking);
    signal.removeEventListener("abort", stop);
  }
}
