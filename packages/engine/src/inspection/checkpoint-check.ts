import { CheckpointDoubt } from "../checkpoint/checkpoint-doubt.ts";
import { CheckpointReader } from "../checkpoint/checkpoint-reader.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { isCheckpointFileName } from "../log/checkpoint-name.ts";

/** A checkpoint beside a log. */
export interface CheckpointReport {
  readonly path: string;
  /** The length of its file. */
  readonly bytes: number;
  /** Why it cannot be used, which costs time at the next open and nothing else; undefined where it can. */
  readonly damage: string | undefined;
}

/** Reads the checkpoints of a database, whose own directory this is, and checks every checksum. */
export async function checkCheckpoints(
  fileSystem: FileSystem,
  directory: string,
): Promise<readonly CheckpointReport[]> {
  const reports: CheckpointReport[] = [];
  for (const { name } of await fileSystem.list(directory)) {
    if (!isCheckpointFileName(name)) continue;
    const path = `${directory}/${name}`;
    const file = await fileSystem.open(path, "read");
    try {
      const bytes = await file.size();
      reports.push({ path, bytes, damage: await damageIn(new CheckpointReader(file, bytes)) });
    } finally {
      await file.close();
    }
  }
  return reports;
}

async function damageIn(reader: CheckpointReader): Promise<string | undefined> {
  try {
    await reader.readCatalog();
    await reader.readSlabs();
    return undefined;
  } catch (error) {
    // As at open: what its parts say may be impossible too.
    if (error instanceof CheckpointDoubt || error instanceof RangeError) return error.message;
    throw error;
  }
}
