/** From a directory to an open store. */
import { basename } from "node:path";

import { OpenDatabase, type StoreShare } from "../database/open-database.ts";
import { CorruptionError, FormatError } from "../errors.ts";
import type { FileSystem } from "../filesystem/filesystem.ts";
import { BlockCache } from "../log/block-cache.ts";
import { resolveOptions, type ResolvedStoreOptions, type StoreOptions } from "../options.ts";

import { syncAncestors } from "./ancestor-sync.ts";
import { finishSwap } from "./database-swap.ts";
import {
  databaseDirectory,
  databaseNameOf,
  databasesDirectory,
  isDirectoryOf,
  isLeftoverDirectory,
  readyDatabaseOf,
} from "./directory-layout.ts";
import {
  notAStore,
  readDatabaseManifest,
  readReplicaManifest,
  readStoreManifest,
  replicaManifestName,
  storeManifestName,
  writeManifest,
  type StoreManifest,
} from "./manifest.ts";
import { ReplicaMark } from "./replica-mark.ts";
import { setAside, type SetAsideDatabase } from "./set-aside.ts";
import { Store } from "./store.ts";

/**
 * Opens the store in a directory, and makes it where there is none yet. Every database is read from
 * its log; `onEvent` tells the progress. Rejects with LockedError where another process has it,
 * FormatError where the directory holds something else or another format, CorruptionError where it is
 * damaged (but see StoreOptions.damagedDatabases). Nothing is changed by a rejection.
 */
export async function open(directory: string, options: StoreOptions = {}): Promise<Store> {
  const resolved = resolveOptions(options);
  const { fileSystem, locker } = resolved;
  await refuseForeignDirectory(fileSystem, directory, resolved.createIfMissing);
  await fileSystem.makeDirectory(directory);
  let store: Store | undefined;
  let compromised: Error | undefined;
  const lock = await locker(directory, (error) => {
    compromised = error;
    store?.failAll(error);
  });
  try {
    const id = await findOrMakeManifest(directory, resolved);
    const replicaOf = await findReplicaManifest(fileSystem, directory);
    const shared = {
      blockCache: new BlockCache(resolved.memoryBytes),
      replicaMark: await ReplicaMark.find(fileSystem, directory),
    };
    const found = await openDatabases(directory, resolved, shared);
    store = new Store({ directory, id, replicaOf, options: resolved, lock, shared, ...found });
    if (compromised !== undefined) store.failAll(compromised);
    await store.beginFirstEpochs();
    return store;
  } catch (error) {
    if (store === undefined) await lock.release();
    else await store.close();
    throw error;
  }
}

/** Throws FormatError where a directory holds files but no store, or no store but shall hold one. */
async function refuseForeignDirectory(
  fileSystem: FileSystem,
  directory: string,
  createIfMissing: boolean,
): Promise<void> {
  const names = await namesIn(fileSystem, directory);
  if (!createIfMissing && !names.includes(storeManifestName)) throw notAStore(directory);
  // What a first open that was interrupted can leave behind, and what a fresh volume holds.
  const harmless = new Set(["LOCK", "LOCK.lock", "STORE.new", "databases", "lost+found"]);
  const foreign = names.find((name) => !harmless.has(name));
  if (foreign !== undefined && !names.includes(storeManifestName)) {
    throw new FormatError(
      "NOT_A_STORE",
      `${directory} is not a data directory of BoxerDB: it has no file ${storeManifestName} but ` +
        `holds ${foreign}. Name an empty or a new directory`,
    );
  }
}

/** The names in a directory; none where it does not exist. */
async function namesIn(fileSystem: FileSystem, directory: string): Promise<readonly string[]> {
  try {
    return (await fileSystem.list(directory)).map(({ name }) => name);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

async function findOrMakeManifest(
  directory: string,
  options: ResolvedStoreOptions,
): Promise<string> {
  const { fileSystem, random } = options;
  const names = (await fileSystem.list(directory)).map(({ name }) => name);
  if (!names.includes(storeManifestName)) {
    const id = random.uuid();
    await syncAncestors(fileSystem, directory);
    await fileSystem.makeDirectory(databasesDirectory(directory));
    await fileSystem.syncDirectory(directory);
    const manifest: StoreManifest = { kind: "store", id };
    await writeManifest(fileSystem, directory, storeManifestName, manifest);
    return id;
  }
  const { id } = await readStoreManifest(fileSystem, directory);
  // The process that made it may have died before its last sync.
  await fileSystem.syncDirectory(directory);
  return id;
}

async function findReplicaManifest(
  fileSystem: FileSystem,
  directory: string,
): Promise<string | undefined> {
  const names = (await fileSystem.list(directory)).map(({ name }) => name);
  if (!names.includes(replicaManifestName)) return undefined;
  return (await readReplicaManifest(fileSystem, directory)).leaderStoreId;
}

interface FoundDatabases {
  readonly databases: Map<string, OpenDatabase>;
  readonly setAside: readonly SetAsideDatabase[];
}

async function openDatabases(
  directory: string,
  options: ResolvedStoreOptions,
  shared: StoreShare,
): Promise<FoundDatabases> {
  const { fileSystem, damagedDatabases } = options;
  const parent = databasesDirectory(directory);
  const databases = new Map<string, OpenDatabase>();
  const aside: SetAsideDatabase[] = [];
  try {
    // The process before may have died when it had changed a name here and not yet synced it. What is
    // built on that below must not be undone by a power cut.
    await fileSystem.syncDirectory(parent);
    await clearInterruptedChanges(directory, options);
    for (const { name } of await fileSystem.list(parent)) {
      const path = `${parent}/${name}`;
      let id: string | undefined;
      try {
        const manifest = await readDatabaseManifest(fileSystem, path);
        ({ id } = manifest);
        refuseMisplaced(directory, path, manifest.name);
        databases.set(manifest.name, await OpenDatabase.open(path, manifest, options, shared));
      } catch (error) {
        if (!(error instanceof CorruptionError) || damagedDatabases === "refuse") throw error;
        const found = { name: databaseNameOf(name), id, error };
        aside.push(await setAside(options, directory, path, found));
      }
    }
  } catch (error) {
    for (const database of databases.values()) await database.close();
    throw error;
  }
  return { databases, setAside: aside };
}

/** Finishes, or clears away, what the process before had begun to do to its databases. */
async function clearInterruptedChanges(
  directory: string,
  { fileSystem, onEvent }: ResolvedStoreOptions,
): Promise<void> {
  const parent = databasesDirectory(directory);
  for (const { name } of await fileSystem.list(parent)) {
    const ready = readyDatabaseOf(name);
    if (ready !== undefined) await finishSwap(fileSystem, directory, ready);
  }
  for (const { name } of await fileSystem.list(parent)) {
    if (!isLeftoverDirectory(name)) continue;
    const path = `${parent}/${name}`;
    await fileSystem.removeTree(path);
    onEvent({ type: "leftover-removed", path });
  }
}

/** Throws FormatError where a database stands in the directory of another one. */
function refuseMisplaced(directory: string, path: string, name: string): void {
  if (isDirectoryOf(name, basename(path))) return;
  throw new FormatError(
    "NOT_A_STORE",
    `${path} holds database "${name}", whose place is ${databaseDirectory(directory, name)}: move it ` +
      "there, or away from here",
  );
}
