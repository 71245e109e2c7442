/**
 * Owns the names of directories in a store.
 *
 *     STORE                 what the directory is
 *     REPLICA               which store it is a copy of, on a follower
 *     LOCK, LOCK.lock/      who holds it
 *     databases/<name>/     one database each; capitals are written +a for A, so that names that
 *                           differ in case stay apart on file systems that do not tell them apart
 *     databases/<name>/END  what the log reaches at least; see manifest.ts
 *     databases/_<name>…/   a database that is being created or dropped; removed at open
 */

/** The directory that holds the databases' directories. */
export const databasesDirectory = (directory: string): string => `${directory}/databases`;

/** The directory of a database. */
export const databaseDirectory = (directory: string, name: string): string =>
  `${databasesDirectory(directory)}/${directoryNameOf(name)}`;

/** Where a database is made before it gets its name; names of databases never begin with `_`. */
export const creatingDirectory = (directory: string, name: string): string =>
  `${databasesDirectory(directory)}/_${directoryNameOf(name)}.creating`;

/** Where a database goes before it is removed. */
export const droppedDirectory = (directory: string, name: string): string =>
  `${databasesDirectory(directory)}/_${directoryNameOf(name)}.dropped`;

/** Whether a directory's name is that of a database that was being created or dropped. */
export const isLeftoverDirectory = (directoryName: string): boolean =>
  directoryName.startsWith("_");

const directoryNameOf = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `+${letter.toLowerCase()}`);
