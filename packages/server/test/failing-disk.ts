import { FaultyFileSystem, MemoryFileSystem, processLocalLocker } from "@boxerdb/engine";

/** A disk on which every datasync of a log fails once `fail` was called. */
export function failingDisk(code: "EIO" | "ENOSPC") {
  let failing = false;
  const fileSystem = new FaultyFileSystem(new MemoryFileSystem(), ({ kind }) =>
    failing && (kind === "datasync" || kind === "write")
      ? Object.assign(new Error(`${code}: the disk failed`), { code })
      : undefined,
  );
  const fail = (): void => {
    failing = true;
  };
  return { store: { fileSystem, locker: processLocalLocker() }, fail };
}
