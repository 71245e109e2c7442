/**
 * Owns the names of directories in a store.
 *
 *     STORE                 what the directory is
 *     REPLICA               which store it is a copy of, on a follower
 *     REPLICAS              that others may resume reading its logs; see replica-mark.ts
 *     LOCK, LOCK.lock/      who holds it
 *     databases/<name>/     one database each; capitals are written +a for A, or all of them at the
 *                           end where that grows too long, so that names that differ in case stay
 *                           apart on file systems that do not tell them apart
 *     databases/<name>/END  what the log reaches at least; see manifest.ts
 *     databases/<name>/WHOLE  from which offset on a copy is whole; see manifest.ts
 *     databases/_<name>…/   a database that is being created, copied anew or dropped; removed at open,
 *                           unless its name says that it is to take the place of another
 *     damaged/<name>-<n>/   a database that was set aside, as in a store; see set-aside.ts
 *     databases.partial/    in the place of databases/ until all of a copy is there; such a directory
 *                           has no STORE, so that it cannot be opened
 *     backups.partial/      of a server: the backups that it is sending; removed when it starts
 */

/** The directory that holds the databases' directories. */
export const databasesDirectory = (directory: string): string => `${directory}/databases`;

/** Where a copy of a store gathers its databases before it is whole. */
export const partialDatabasesDirectory = (directory: string): string =>
  `${directory}/databases.partial`;

/** The directory of a database. */
export const databaseDirectory = (directory: string, name: string): string =>
  `${databasesDirectory(directory)}/${databaseDirectoryName(name)}`;

/** Where a database is made before it gets its name; names of databases never begin with `_`. */
export const creatingDirectory = (directory: string, name: string): string =>
  `${databasesDirectory(directory)}/_${databaseDirectoryName(name)}.creating`;

/** Where a database goes before it is removed. */
export const droppedDirectory = (directory: string, name: string): string =>
  `${databasesDirectory(directory)}/_${databaseDirectoryName(name)}.dropped`;

/** Where a full copy of a database is gathered that is to take its place. */
export const resyncDirectory = (directory: string, name: string): string =>
  `${databasesDirectory(directory)}/_${databaseDirectoryName(name)}.resync`;

/** Where that copy is from when it is complete until it has taken its place. */
export const readyDirectory = (directory: string, name: string): string =>
  `${databasesDirectory(directory)}/_${databaseDirectoryName(name)}.ready`;

/** The database of which a directory holds a complete copy that has not taken its place. */
export function readyDatabaseOf(directoryName: string): string | undefined {
  const name = /^_(.+)\.ready$/.exec(directoryName)?.[1];
  return name === undefined ? undefined : databaseNameOf(name);
}

/** Of the names in the directory of databases, those of the directories in which the next open will find them. */
export function directoriesInForce(names: readonly string[]): readonly string[] {
  const replaced = new Set(names.map(readyDatabaseOf));
  return names.filter((name) => {
    if (isLeftoverDirectory(name)) return readyDatabaseOf(name) !== undefined;
    return !replaced.has(databaseNameOf(name));
  });
}

/** The directory that holds the databases that were set aside. */
export const damagedDirectory = (directory: string): string => `${directory}/damaged`;

/** Whether a directory's name is that of a database that was being created, copied anew or dropped. */
export const isLeftoverDirectory = (directoryName: string): boolean =>
  directoryName.startsWith("_");

/** A file's name has at most 255 bytes, and some of a database's directories are told apart by more. */
const longestDirectoryName = 200;

const spelledWithPlus = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `+${letter.toLowerCase()}`);

/** The name of a database's directory, where it is made now. */
export function databaseDirectoryName(name: string): string {
  const spelled = spelledWithPlus(name);
  if (spelled.length <= longestDirectoryName) return spelled;
  const capitals = name.replace(/[^A-Z]/g, "0").replace(/[A-Z]/g, "1");
  return `${name.toLowerCase()}++${BigInt(`0b1${capitals}`).toString(16)}`;
}

/**
 * Whether a directory may hold a database. The long spelling came later: a directory that was named
 * before has `+` for each capital, however many there are.
 */
export const isDirectoryOf = (name: string, directoryName: string): boolean =>
  directoryName === databaseDirectoryName(name) || directoryName === spelledWithPlus(name);

/** The database whose directory has this name, in its place or on the way there. */
export function databaseNameOf(directoryName: string): string {
  const ready = readyDatabaseOf(directoryName);
  if (ready !== undefined) return ready;
  const [lower = "", capitals] = directoryName.split("++", 2);
  if (capitals === undefined) {
    return lower.replace(/\+(.)/g, (_, letter: string) => letter.toUpperCase());
  }
  const bits = BigInt(`0x${capitals}`).toString(2).slice(1);
  return lower.replace(/./g, (letter, at: number) =>
    bits[at] === "1" ? letter.toUpperCase() : letter,
  );
}
