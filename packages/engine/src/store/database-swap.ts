/**
 * Puts a full copy of a database, which was gathered beside it, into its place. A crash at any point
 * leaves the former one or the copy, whole. The copy counts from the moment that its directory has the
 * name that says that it is complete; whoever finds it so finishes the work:
 *
 *   _<name>.resync                   a copy that is not complete                          removed
 *   _<name>.ready   and  <name>      <name> is taken away, then _<name>.ready is <name>
 *   _<name>.ready   without          _<name>.ready becomes <name>
 *   _<name>.dropped                  what was taken away                                  removed
 */
import type { FileSystem } from "../filesystem/filesystem.ts";

import {
  databaseDirectory,
  databasesDirectory,
  droppedDirectory,
  isDirectoryOf,
  readyDirectory,
  resyncDirectory,
} from "./directory-layout.ts";

/** Says durably that the copy of a database is complete: all of it must be durable but for its directory's name. */
export async function readySwap(
  fileSystem: FileSystem,
  directory: string,
  name: string,
): Promise<void> {
  await fileSystem.rename(resyncDirectory(directory, name), readyDirectory(directory, name));
  await fileSystem.syncDirectory(databasesDirectory(directory));
}

/** Puts the complete copy of a database into its place, if there is one. Can be done again after a failure. */
export async function finishSwap(
  fileSystem: FileSystem,
  directory: string,
  name: string,
): Promise<void> {
  const parent = databasesDirectory(directory);
  const names = (await fileSystem.list(parent)).map((entry) => entry.name);
  const ready = readyDirectory(directory, name);
  if (!names.some((one) => `${parent}/${one}` === ready)) return;
  const dropped = droppedDirectory(directory, name);
  for (const former of names.filter((one) => isDirectoryOf(name, one))) {
    await fileSystem.removeTree(dropped);
    await fileSystem.rename(`${parent}/${former}`, dropped);
  }
  await fileSystem.rename(ready, databaseDirectory(directory, name));
  await fileSystem.syncDirectory(parent);
}
