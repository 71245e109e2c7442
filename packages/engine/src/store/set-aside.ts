/**
 * Moves a database that cannot be used to where it is kept and nobody meets it: `damaged/<name>-<n>/`, in
 * which is a store with this one database, so that the tools for stores in directories take it.
 */
import { basename } from "node:path";

import type { EngineError } from "../errors.ts";
import type { ResolvedStoreOptions } from "../options.ts";

import { damagedDirectory, databasesDirectory } from "./directory-layout.ts";
import { storeManifestName, writeManifest, type StoreManifest } from "./manifest.ts";

/** A database that was set aside. */
export interface SetAsideDatabase {
  readonly name: string;
  /** The UUID that it shares with its replicas; undefined where its manifest is damaged. */
  readonly id: string | undefined;
  /** Where it is now: a directory that can be inspected, verified and repaired as a store. */
  readonly path: string;
  /** Why. */
  readonly error: EngineError;
}

/**
 * Moves the directory of a database, which nothing may have open for writing, durably; tells it as an
 * event. A crash leaves it in the one place or the other.
 */
export async function setAside(
  { fileSystem, random, onEvent }: ResolvedStoreOptions,
  storeDirectory: string,
  directory: string,
  { name, id, error }: Omit<SetAsideDatabase, "path">,
): Promise<SetAsideDatabase> {
  const top = damagedDirectory(storeDirectory);
  await fileSystem.makeDirectory(top);
  const taken = new Set((await fileSystem.list(top)).map((entry) => entry.name));
  let number = 1;
  while (taken.has(`${basename(directory)}-${number}`)) number++;
  const path = `${top}/${basename(directory)}-${number}`;
  const parent = databasesDirectory(path);
  await fileSystem.makeDirectory(parent);
  const manifest: StoreManifest = { kind: "store", id: random.uuid() };
  await writeManifest(fileSystem, path, storeManifestName, manifest);
  for (const made of [path, top, storeDirectory]) await fileSystem.syncDirectory(made);
  await fileSystem.rename(directory, `${parent}/${basename(directory)}`);
  // There first: with the old name gone and the new one lost, it would be in neither place.
  await fileSystem.syncDirectory(parent);
  await fileSystem.syncDirectory(databasesDirectory(storeDirectory));
  onEvent({ type: "set-aside", database: name, id, path, error });
  return { name, id, path, error };
}
