import { basename } from "node:path";

import { DirectoryNotEmptyError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";

/** A fresh volume has this. */
const ignoredName = "lost+found";

/**
 * Claims a directory that is absent or empty for what is to come into being there. The claim is a directory
 * in it, which only one can make: of several who want the place at once, one gets it at most. What has
 * the claim may remove it, and what it has itself put beside it, and nothing else.
 *
 * @param claim path of the claim, a name in the directory
 * @throws DirectoryNotEmptyError where something is there; nothing was changed then.
 */
export async function claimDirectory(
  fileSystem: FileSystem,
  directory: string,
  claim: string,
): Promise<void> {
  await refuseContent(fileSystem, directory, [ignoredName]);
  const name = basename(claim);
  if (!(await fileSystem.makeDirectory(claim))) throw new DirectoryNotEmptyError(directory, name);
  try {
    // Another one may have come and finished since.
    await refuseContent(fileSystem, directory, [ignoredName, name]);
  } catch (error) {
    await fileSystem.removeTree(claim);
    throw error;
  }
}

async function refuseContent(
  fileSystem: FileSystem,
  path: string,
  ignored: readonly string[],
): Promise<void> {
  let names: readonly string[];
  try {
    names = (await fileSystem.list(path)).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return;
    throw error;
  }
  const found = names.find((name) => !ignored.includes(name));
  if (found !== undefined) throw new DirectoryNotEmptyError(path, found);
}
