/**
 * The databases of an open store, and how there come to be others: created, dropped, replaced by a full
 * copy, set aside, opened again. One such change is done after the other.
 */
import { OpenDatabase, type StoreShare } from "../database/open-database.ts";
import {
  DatabaseExistsError,
  DatabaseNotFoundError,
  DatabaseReplacedError,
  DiskFullError,
  PoisonedError,
  type EngineError,
} from "../errors.ts";
import type { ResolvedStoreOptions } from "../options.ts";
import type { Epoch } from "../scalars.ts";

import { finishSwap, readySwap } from "./database-swap.ts";
import {
  creatingDirectory,
  databaseDirectory,
  databasesDirectory,
  droppedDirectory,
  isDirectoryOf,
  resyncDirectory,
} from "./directory-layout.ts";
import {
  databaseManifestName,
  readDatabaseManifest,
  writeManifest,
  type DatabaseManifest,
} from "./manifest.ts";
import { setAside, type SetAsideDatabase } from "./set-aside.ts";

export interface CatalogOptions {
  readonly directory: string;
  readonly options: ResolvedStoreOptions;
  readonly shared: StoreShare;
  /** Those that are open, by name. */
  readonly databases: Map<string, OpenDatabase>;
  /** Those that were set aside when the store was opened. */
  readonly setAside: readonly SetAsideDatabase[];
  /** Throws where nothing may be changed any more. */
  readonly assertChangeable: () => void;
}

export class Catalog {
  readonly #directory: string;
  readonly #options: ResolvedStoreOptions;
  readonly #shared: StoreShare;
  readonly #databases: Map<string, OpenDatabase>;
  /**
   * Databases whose directories may stand in their places although making them has failed: a rename that was
   * said to have failed may have been done.
   */
  readonly #halfMade = new Set<string>();
  readonly #assertChangeable: () => void;
  /** Full copies that are being filled, by name. */
  readonly #resyncs = new Map<string, OpenDatabase>();
  readonly #setAside: SetAsideDatabase[];
  /** Databases of which it is not known what is on disk, as a change has failed, and why. */
  readonly #unsettled = new Map<string, EngineError>();
  readonly #listeners = new Set<() => void>();
  // The change that was asked for last, and by it all before: one at a time.
  #lastChange: Promise<unknown> = Promise.resolve();

  constructor(fields: CatalogOptions) {
    this.#directory = fields.directory;
    this.#options = fields.options;
    this.#shared = fields.shared;
    this.#databases = fields.databases;
    this.#setAside = [...fields.setAside];
    this.#assertChangeable = fields.assertChangeable;
  }

  /** Those that are open, in no order. */
  get databases(): readonly OpenDatabase[] {
    return [...this.#databases.values()];
  }

  /** Their names, sorted. */
  get names(): readonly string[] {
    return [...this.#databases.keys()].toSorted();
  }

  /** Those that were set aside since the store was opened, or when it was. */
  get setAside(): readonly SetAsideDatabase[] {
    return this.#setAside;
  }

  find(name: string): OpenDatabase | undefined {
    return this.#databases.get(name);
  }

  /** Calls back whenever there are other databases. Returns how to stop that. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Has one change done after the other. */
  async inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    this.#assertChangeable();
    const turn = this.#lastChange.then(() => {
      this.#assertChangeable();
      return change();
    });
    this.#lastChange = turn.catch(() => {}); // Its caller knows.
    return turn;
  }

  findOrCreate(name: string): Promise<OpenDatabase> {
    return this.inTurn(async () => this.#databases.get(name) ?? (await this.#createWritable(name)));
  }

  /** See Store. */
  async create(name: string): Promise<void> {
    await this.inTurn(async () => {
      if (this.#databases.has(name)) throw new DatabaseExistsError(name);
      await this.#createWritable(name);
    });
  }

  /** See Store. */
  async createReplica(name: string, id: string): Promise<void> {
    await this.inTurn(async () => {
      if (this.#databases.has(name)) throw new DatabaseExistsError(name);
      await this.#create(name, id, async () => {});
    });
  }

  /** See Store. */
  async drop(name: string): Promise<void> {
    await this.inTurn(async () => {
      const database = this.#databases.get(name);
      const gone = new DatabaseNotFoundError(name);
      if (database === undefined && !this.#unsettled.has(name)) throw gone;
      await this.#abandonResync(name);
      await database?.retire(gone, "to drop it");
      const dropped = await this.#settling(name, async () => {
        const directory = await this.#locate(name);
        return directory && this.#takeAway(name, directory);
      });
      await this.#forget(name, gone);
      if (dropped !== undefined) await this.#options.fileSystem.removeTree(dropped);
    });
  }

  /** See Store. */
  beginResync(name: string, id: string): Promise<OpenDatabase> {
    return this.inTurn(async () => {
      this.#assertSettled(name);
      await this.#abandonResync(name);
      const { fileSystem } = this.#options;
      const directory = resyncDirectory(this.#directory, name);
      try {
        await fileSystem.removeTree(directory);
        const manifest = await this.#writeManifest(directory, name, id);
        const copy = await OpenDatabase.create(directory, manifest, this.#options, this.#shared);
        this.#resyncs.set(name, copy);
        return copy;
      } catch (error) {
        await fileSystem.removeTree(directory).catch(() => {}); // The next open removes it otherwise.
        throw notCreated(name, error);
      }
    });
  }

  /** See Store. */
  async completeResync(name: string): Promise<void> {
    await this.inTurn(async () => {
      const copy = this.#resyncs.get(name);
      if (copy === undefined) throw new Error(`no copy of database "${name}" was begun`);
      await copy.close();
      if (copy.failure !== undefined) throw copy.failure;
      this.#resyncs.delete(name);
      const replaced = new DatabaseReplacedError(name);
      await this.#settling(name, async () => {
        await readySwap(this.#options.fileSystem, this.#directory, name);
        await this.#databases.get(name)?.retire(replaced, "to drop it");
        await this.#reopen(name, replaced, copy.highWatermark);
      });
      const dropped = droppedDirectory(this.#directory, name);
      await this.#options.fileSystem.removeTree(dropped).catch(() => {}); // The next open does it otherwise.
    });
  }

  /** See Store. */
  async abandonResync(name: string): Promise<void> {
    await this.inTurn(() => this.#abandonResync(name));
  }

  /** See Store. */
  async reopen(name: string): Promise<OpenDatabase> {
    return this.inTurn(async () => {
      const former = this.#databases.get(name);
      if (former === undefined && !this.#unsettled.has(name)) throw new DatabaseNotFoundError(name);
      const replaced = new DatabaseReplacedError(name);
      await former?.retire(former.failure ?? replaced, "to open it again");
      const reopened = await this.#settling(name, () =>
        this.#reopen(name, replaced, former?.highWatermark),
      );
      if (reopened !== undefined) return reopened;
      const gone = new DatabaseNotFoundError(name);
      await this.#forget(name, gone);
      throw gone;
    });
  }

  /** See Store. */
  async setAsideDatabase(name: string, error: EngineError): Promise<SetAsideDatabase> {
    return this.inTurn(async () => {
      const database = this.#databases.get(name);
      if (database === undefined) throw new DatabaseNotFoundError(name);
      await database.retire(error, "to drop it");
      const { directory } = database.log.identity;
      const { id } = database.manifest;
      const moved = await this.#settling(name, () =>
        setAside(this.#options, this.#directory, directory, { name, id, error }),
      );
      this.#setAside.push(moved);
      await this.#forget(name, error);
      return moved;
    });
  }

  /** Begins the first epoch of databases that have none, where this store alone decides. */
  async beginFirstEpochs(): Promise<void> {
    for (const database of this.#databases.values()) await this.#beginFirstEpoch(database);
  }

  /** Refuses all writes from now on. */
  failAll(error: EngineError): void {
    for (const database of this.#databases.values()) database.fail(error);
    for (const copy of this.#resyncs.values()) copy.fail(error);
  }

  /** Closes all databases, when the change that is going on is done. */
  async close(): Promise<void> {
    await this.#lastChange;
    for (const database of this.#databases.values()) await database.close();
    for (const copy of this.#resyncs.values()) await copy.close(undefined, "to drop it");
  }

  #assertSettled(name: string): void {
    const error = this.#unsettled.get(name);
    if (error !== undefined) throw error;
  }

  /**
   * Changes the files of a database. Where that fails nobody can say what is on disk, and by that what the
   * next open would find: nothing is written to it until it is opened again.
   */
  async #settling<Result>(name: string, change: () => Promise<Result>): Promise<Result> {
    try {
      const result = await change();
      this.#unsettled.delete(name);
      return result;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const message = `changing the files of database "${name}" failed (${reason}): open it again`;
      const unsettled = new PoisonedError(message, { cause: error });
      this.#unsettled.set(name, unsettled);
      this.#databases.get(name)?.fail(unsettled);
      throw error;
    }
  }

  /**
   * Opens a database as it is on disk, in the place of one that was retired, of which readers see the end
   * when they can turn to the new one. All below `highWatermark` is committed there. Undefined: it has no files.
   */
  async #reopen(
    name: string,
    replaced: EngineError,
    highWatermark: OpenDatabase["highWatermark"] | undefined,
  ): Promise<OpenDatabase | undefined> {
    const { fileSystem } = this.#options;
    const directory = await this.#locate(name);
    if (directory === undefined) return undefined;
    const manifest = await readDatabaseManifest(fileSystem, directory);
    const database = await OpenDatabase.open(directory, manifest, this.#options, this.#shared);
    if (highWatermark !== undefined) database.advanceHighWatermark(highWatermark);
    try {
      await this.#beginFirstEpoch(database);
    } catch (error) {
      await database.close();
      throw error;
    }
    const former = this.#databases.get(name);
    this.#databases.set(name, database);
    this.#tellChange();
    await former?.close(replaced, "to drop it");
    return database;
  }

  /** The directory of a database, whatever change of it has failed before; undefined: it has none. */
  async #locate(name: string): Promise<string | undefined> {
    const { fileSystem } = this.#options;
    await finishSwap(fileSystem, this.#directory, name);
    const parent = databasesDirectory(this.#directory);
    const directories = (await fileSystem.list(parent)).map((entry) => entry.name);
    const found = directories.find((directory) => isDirectoryOf(name, directory));
    return found === undefined ? undefined : `${parent}/${found}`;
  }

  async #abandonResync(name: string): Promise<void> {
    const copy = this.#resyncs.get(name);
    if (copy === undefined) return;
    await copy.close(undefined, "to drop it");
    this.#resyncs.delete(name);
    await this.#options.fileSystem.removeTree(resyncDirectory(this.#directory, name));
  }

  async #beginFirstEpoch(database: OpenDatabase): Promise<void> {
    if (this.#options.commit === "replicated" || database.log.epochs.last > 0) return;
    await database.beginEpoch(1 as Epoch);
  }

  async #createWritable(name: string): Promise<OpenDatabase> {
    return this.#create(name, this.#options.random.uuid(), async (database) => {
      await database.beginEpoch(1 as Epoch);
    });
  }

  /** `begin` appends, before it first waits, what must stand before everybody else's records. */
  async #create(
    name: string,
    id: string,
    begin: (database: OpenDatabase) => Promise<void>,
  ): Promise<OpenDatabase> {
    this.#assertSettled(name);
    const { fileSystem } = this.#options;
    const temporary = creatingDirectory(this.#directory, name);
    const final = databaseDirectory(this.#directory, name);
    let manifest: DatabaseManifest;
    try {
      if (this.#halfMade.has(name)) await fileSystem.removeTree(final);
      await fileSystem.removeTree(temporary);
      manifest = await this.#writeManifest(temporary, name, id);
      this.#halfMade.add(name);
      await fileSystem.rename(temporary, final);
    } catch (error) {
      await fileSystem.removeTree(temporary).catch(() => {}); // The next open removes it otherwise.
      throw notCreated(name, error);
    }
    let database: OpenDatabase | undefined;
    try {
      await fileSystem.syncDirectory(databasesDirectory(this.#directory));
      database = await OpenDatabase.create(final, manifest, this.#options, this.#shared);
      const begun = begin(database);
      this.#databases.set(name, database);
      this.#tellChange();
      await begun;
      this.#halfMade.delete(name);
    } catch (error) {
      await database?.close();
      // Nobody was told that it holds anything, and the next attempt needs the name.
      await this.#takeAway(name, final)
        .then((dropped) => fileSystem.removeTree(dropped))
        .catch(() => {}); // What went wrong before says more.
      if (this.#databases.delete(name)) this.#tellChange();
      throw notCreated(name, error);
    }
    return database;
  }

  /** Makes a directory for a database, and says in it whose it is. */
  async #writeManifest(directory: string, name: string, id: string): Promise<DatabaseManifest> {
    const { fileSystem, random } = this.#options;
    const manifest = { kind: "database", name, id, logId: random.integer(1, 2 ** 32) } as const;
    await fileSystem.makeDirectory(directory);
    await writeManifest(fileSystem, directory, databaseManifestName, manifest);
    return manifest;
  }

  /** Takes a database's directory out of its place, durably; resolves to where it is to be removed from. */
  async #takeAway(name: string, directory: string): Promise<string> {
    const { fileSystem } = this.#options;
    const dropped = droppedDirectory(this.#directory, name);
    await fileSystem.removeTree(dropped);
    await fileSystem.rename(directory, dropped);
    await fileSystem.syncDirectory(databasesDirectory(this.#directory));
    return dropped;
  }

  /** Ends a database that has left its place. */
  async #forget(name: string, reason: EngineError): Promise<void> {
    const database = this.#databases.get(name);
    this.#databases.delete(name);
    this.#unsettled.delete(name);
    this.#tellChange();
    await database?.close(reason, "to drop it");
  }

  #tellChange(): void {
    for (const listener of this.#listeners) listener();
  }
}

/** What to tell of a database that could not be created. */
function notCreated(name: string, error: unknown): unknown {
  if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) return error;
  const message = `the disk is full: database "${name}" was not created; free some space first`;
  return new DiskFullError(message, { cause: error });
}
