import type { FileSystem } from "../filesystem/filesystem.ts";
import type { Randomness } from "../randomness.ts";
import { syncAncestors } from "../store/ancestor-sync.ts";
import {
  databaseDirectoryName,
  databasesDirectory,
  partialDatabasesDirectory,
} from "../store/directory-layout.ts";
import { storeManifestName, writeManifest } from "../store/manifest.ts";

import { claimDirectory } from "./directory-claim.ts";

/**
 * A directory in which a copy of a store comes into being. Until all of it is there and durable, its
 * databases stand under another name and it has no `STORE`, so that opening it is refused.
 */
export class TargetDirectory {
  readonly path: string;
  readonly fileSystem: FileSystem;

  private constructor(fileSystem: FileSystem, path: string) {
    this.fileSystem = fileSystem;
    this.path = path;
  }

  /** Makes a directory that is absent or empty the target. Throws DirectoryNotEmptyError otherwise. */
  static async prepare(fileSystem: FileSystem, path: string): Promise<TargetDirectory> {
    await claimDirectory(fileSystem, path, partialDatabasesDirectory(path));
    await syncAncestors(fileSystem, path);
    await fileSystem.syncDirectory(path);
    return new TargetDirectory(fileSystem, path);
  }

  /** Where the databases stand until `complete`. */
  get partialDatabases(): string {
    return partialDatabasesDirectory(this.path);
  }

  /** Where a database stands until `complete`. */
  partialDatabase(name: string): string {
    return `${this.partialDatabases}/${databaseDirectoryName(name)}`;
  }

  /**
   * Makes the directory a store. Its id must be one of its own: a copy is another replica than what it
   * was made of. All that is in it must be durable but for the names of the databases.
   */
  async complete(storeId: string): Promise<void> {
    await this.fileSystem.syncDirectory(this.partialDatabases);
    await this.fileSystem.rename(this.partialDatabases, databasesDirectory(this.path));
    await this.fileSystem.syncDirectory(this.path);
    const manifest = { kind: "store", id: storeId } as const;
    await writeManifest(this.fileSystem, this.path, storeManifestName, manifest);
  }

  /** Removes what is there, so that it can be tried again. */
  async abandon(): Promise<void> {
    await this.fileSystem.removeTree(this.partialDatabases);
  }
}

/** Fills a directory and completes it; leaves nothing of it behind where `fill` fails. */
export async function fillTarget<Result>(
  { fileSystem, random }: { readonly fileSystem: FileSystem; readonly random: Randomness },
  path: string,
  fill: (target: TargetDirectory) => Promise<Result>,
): Promise<{ readonly filled: Result; readonly storeId: string }> {
  const target = await TargetDirectory.prepare(fileSystem, path);
  let filled: Result;
  try {
    filled = await fill(target);
  } catch (error) {
    await target.abandon().catch(() => {}); // What went wrong before says more.
    throw error;
  }
  const storeId = random.uuid();
  await target.complete(storeId);
  return { filled, storeId };
}
