/** A store: one data directory, held by one process; it contains databases. */
import { statusOf, type DatabaseStatus } from "../database/database-status.ts";
import { Database, type DatabaseHost } from "../database/database.ts";
import { OpenDatabase, type StoreShare } from "../database/open-database.ts";
import {
  ClosedError,
  DatabaseExistsError,
  DatabaseNotFoundError,
  DiskFullError,
  LockedError,
  NotWritableError,
} from "../errors.ts";
import {
  verifyOpenDatabases,
  type StoreVerifyOptions,
  type StoreVerifyReport,
} from "../inspection/store-verifier.ts";
import type { DirectoryLock } from "../lock/directory-locker.ts";
import { formatVersion } from "../log/frame-kind.ts";
import type { Log } from "../log/log.ts";
import { backUp, openLogs, type BackupOptions, type BackupReport } from "../maintenance/backup.ts";
import type { ResolvedStoreOptions } from "../options.ts";
import type { Epoch } from "../scalars.ts";

import {
  creatingDirectory,
  databaseDirectory,
  databasesDirectory,
  droppedDirectory,
} from "./directory-layout.ts";
import { databaseManifestName, replicaManifestName, writeManifest } from "./manifest.ts";

/** A store at a glance. */
export interface StoreStatus {
  readonly id: string;
  readonly directory: string;
  readonly format: number;
  readonly databases: readonly DatabaseStatus[];
  /** Blocks that were in memory when they were wanted, that had to be read, and the memory they take. */
  readonly blockCache: { readonly hits: number; readonly misses: number; readonly bytes: number };
}

/** What compaction has made of a database. Sizes in bytes of its log's files. */
export interface CompactedDatabase {
  readonly name: string;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** How many runs of segments were rewritten meanwhile. */
  readonly runs: number;
}

/** An open store. Get one by `open`. */
export class Store implements AsyncDisposable {
  readonly directory: string;
  /** A UUID that was made with the directory. */
  readonly id: string;
  readonly #options: ResolvedStoreOptions;
  readonly #lock: DirectoryLock;
  readonly #databases: Map<string, OpenDatabase>;
  readonly #shared: StoreShare;
  // The creation or drop of a database that was asked for last, and by it all before: one at a time.
  #lastChange: Promise<unknown> = Promise.resolve();
  readonly #catalogListeners = new Set<() => void>();
  // Those of database handles, which are told of the end too.
  readonly #handleListeners = new Set<() => void>();
  #replicaOf: string | undefined;
  #admission: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #acceptsNewDatabases: boolean;
  #takenOver: LockedError | undefined;

  /** Use `open`. */
  constructor(fields: {
    readonly directory: string;
    readonly id: string;
    readonly replicaOf: string | undefined;
    readonly options: ResolvedStoreOptions;
    readonly lock: DirectoryLock;
    readonly databases: Map<string, OpenDatabase>;
    readonly shared: StoreShare;
  }) {
    this.directory = fields.directory;
    this.id = fields.id;
    this.#replicaOf = fields.replicaOf;
    this.#options = fields.options;
    this.#lock = fields.lock;
    this.#databases = fields.databases;
    this.#shared = fields.shared;
    this.#acceptsNewDatabases = fields.options.commit === "synced";
  }

  /** A handle to a database, which is created by its first write. Throws InvalidNameError. */
  database(name: string): Database {
    return new Database(this.#host, name);
  }

  /** The databases that exist, by name. */
  databases(): readonly Database[] {
    this.#assertOpen();
    return [...this.#databases.keys()].toSorted().map((name) => this.database(name));
  }

  /** Creates a database that does not exist. Rejects with DatabaseExistsError where it does. */
  async createDatabase(name: string): Promise<Database> {
    const database = this.database(name);
    await this.#inTurn(async () => {
      if (this.#databases.has(name)) throw new DatabaseExistsError(name);
      await this.#createWritable(name);
    });
    return database;
  }

  /** Removes a database with all that is in it. Rejects with DatabaseNotFoundError where there is none. */
  async dropDatabase(name: string): Promise<void> {
    await this.#inTurn(async () => {
      const database = this.#databases.get(name);
      if (database === undefined) throw new DatabaseNotFoundError(name);
      await database.close("to drop it");
      await this.#removeDirectory(name, database.log.identity.directory);
      this.#databases.delete(name);
      this.#tellCatalog();
    });
  }

  /** What the store holds, and how it does. */
  status(): StoreStatus {
    const now = this.#options.clock.now();
    const databases = [...this.#databases.values()].map((database) => statusOf(database, now));
    databases.sort((a, b) => (a.name < b.name ? -1 : 1));
    return {
      id: this.id,
      directory: this.directory,
      format: formatVersion,
      databases,
      blockCache: this.#shared.blockCache.status,
    };
  }

  /**
   * Compacts all databases, or the one that is named, as far as it is worth it; resolves when that is
   * done, or when the store is closed, to what has come of each. Rejects with DatabaseNotFoundError.
   */
  async compact(
    options: { readonly database?: string } = {},
  ): Promise<readonly CompactedDatabase[]> {
    const compacted: CompactedDatabase[] = [];
    for (const name of this.#namesOf(options.database)) {
      const database = this.#databases.get(name);
      if (database === undefined) continue; // It was dropped meanwhile.
      const { compactor, log } = database;
      const [bytesBefore, runsBefore] = [bytesOf(log), compactor.status.runs];
      await compactor.compact();
      const runs = compactor.status.runs - runsBefore;
      compacted.push({ name, bytesBefore, bytesAfter: bytesOf(log), runs });
    }
    return compacted;
  }

  /**
   * Writes an image of every index as it is now, so that the next open need not read the log below it;
   * resolves when all are durable. Done in the background too, and by `close`. Rejects with ClosedError
   * where a database was closed or dropped before its turn came.
   */
  async checkpoint(): Promise<void> {
    this.#assertOpen();
    for (const database of this.#databases.values()) await database.checkpointer.checkpoint();
  }

  /**
   * Copies all databases, each as it is committed when it is its turn, into a directory that is absent
   * or empty, while writes go on. What is there then is read back before this resolves. To use it, see
   * `restoreBackup`; it can also be opened as it is, which makes it a store and ends it as a backup.
   * Rejects with DirectoryNotEmptyError, or CorruptionError where what is to be copied is damaged.
   */
  async backup(directory: string, options: BackupOptions = {}): Promise<BackupReport> {
    this.#assertOpen();
    const { fileSystem, clock, random } = this.#options;
    const names = [...this.#databases.keys()].toSorted();
    const logs = () => openLogs(names, (name) => this.#host.find(name));
    return backUp({ storeId: this.id, fileSystem, clock, random, logs }, directory, options);
  }

  /**
   * Reads all that is committed now and checks every checksum, the order of offsets and every value, that
   * the index leads to the newest record of every key and holds no other keys, and what is counted of the
   * segments. Writes and compactions go on meanwhile. What is wrong is reported, not thrown. Rejects with
   * DatabaseNotFoundError.
   */
  async verify(options: StoreVerifyOptions = {}): Promise<StoreVerifyReport> {
    const names = this.#namesOf(options.database);
    return verifyOpenDatabases(names, (name) => this.#host.find(name), options);
  }

  /** Finishes what was written, closes all databases and lets the directory go. */
  async close(): Promise<void> {
    this.#closing ??= this.#close();
    await this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /**
   * For replication: whether a write may create a database here, as on a leader. Databases of a
   * replica are made by `createReplica` alone.
   */
  set acceptsNewDatabases(accepts: boolean) {
    this.#acceptsNewDatabases = accepts;
  }

  /** For replication: the UUID of the store that this one is a copy of; undefined before it is one. */
  get replicaOf(): string | undefined {
    return this.#replicaOf;
  }

  /** For replication: notes durably which store this one is a copy of. */
  async becomeReplicaOf(leaderStoreId: string): Promise<void> {
    await this.admitReplicas();
    const manifest = { kind: "replica", leaderStoreId } as const;
    await writeManifest(this.#options.fileSystem, this.directory, replicaManifestName, manifest);
    this.#replicaOf = leaderStoreId;
  }

  /**
   * For replication: notes durably that others may resume reading the logs from here on. To be called
   * before any of it is sent: once it resolves, no log loses a tombstone or an expired value any more
   * below its purge limit, and all that may be read from a log has been synced, whatever its writers
   * asked for. Of a log that cannot be written any more nothing should be sent.
   */
  async admitReplicas(): Promise<void> {
    this.#assertOpen();
    this.#admission ??= this.#admitReplicas();
    try {
      await this.#admission;
    } catch (error) {
      this.#admission = undefined; // It can be tried again, as on a disk that was full.
      throw error;
    }
  }

  /** For replication: makes an empty copy of a database that has this UUID on its leader. */
  async createReplica(name: string, id: string): Promise<Database> {
    const database = this.database(name);
    await this.#inTurn(async () => {
      if (this.#databases.has(name)) throw new DatabaseExistsError(name);
      await this.#create(name, id, async () => {});
    });
    return database;
  }

  /** For replication: calls back whenever a database was created or dropped. Returns how to stop that. */
  onCatalogChange(listener: () => void): () => void {
    this.#catalogListeners.add(listener);
    return () => this.#catalogListeners.delete(listener);
  }

  /** Refuses all writes: the directory is no longer this process's own. */
  failAll(cause: Error): void {
    const error = new LockedError(
      `another process may have taken over ${this.directory}: stop both and start one`,
      { cause },
    );
    this.#takenOver = error;
    for (const database of this.#databases.values()) database.fail(error);
  }

  /** Begins the first epoch of databases that have none, where this store alone decides. */
  async beginFirstEpochs(): Promise<void> {
    if (this.#options.commit === "replicated") return;
    for (const database of this.#databases.values()) {
      if (database.log.epochs.last === 0) await database.beginEpoch(1 as Epoch);
    }
  }

  readonly #host: DatabaseHost = {
    options: () => this.#options,
    find: (name) => {
      this.#assertOpen();
      return this.#databases.get(name);
    },
    findOrCreate: async (name) => {
      this.#assertOpen();
      return this.#inTurn(
        async () => this.#databases.get(name) ?? (await this.#createWritable(name)),
      );
    },
    onCatalogChange: (listener) => {
      this.#handleListeners.add(listener);
      return () => this.#handleListeners.delete(listener);
    },
  };

  /** The names of all databases, or the one that is asked for. Throws DatabaseNotFoundError. */
  #namesOf(database: string | undefined): readonly string[] {
    this.#assertOpen();
    if (database === undefined) return [...this.#databases.keys()].toSorted();
    if (!this.#databases.has(database)) throw new DatabaseNotFoundError(database);
    return [database];
  }

  /** Has one creation or drop of a database done after the other. */
  #inTurn<Result>(change: () => Promise<Result>): Promise<Result> {
    this.#assertOpen();
    const turn = this.#lastChange.then(() => {
      this.#assertOpen();
      if (this.#takenOver !== undefined) throw this.#takenOver;
      return change();
    });
    this.#lastChange = turn.catch(() => {}); // Its caller knows.
    return turn;
  }

  async #admitReplicas(): Promise<void> {
    await this.#shared.replicaMark.set();
    await this.#inTurn(() => this.#settleForReplicas());
  }

  async #settleForReplicas(): Promise<void> {
    for (const database of this.#databases.values()) {
      await database.compactor.settled();
      if (database.failure === undefined) await database.sync();
    }
  }

  async #createWritable(name: string): Promise<OpenDatabase> {
    if (!this.#acceptsNewDatabases) throw new NotWritableError(name);
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
    const { fileSystem, random } = this.#options;
    const temporary = creatingDirectory(this.directory, name);
    const final = databaseDirectory(this.directory, name);
    const logId = random.integer(1, 2 ** 32);
    const manifest = { kind: "database", name, id, logId } as const;
    try {
      await fileSystem.removeTree(temporary);
      await fileSystem.makeDirectory(temporary);
      await writeManifest(fileSystem, temporary, databaseManifestName, manifest);
      await fileSystem.rename(temporary, final);
    } catch (error) {
      await fileSystem.removeTree(temporary).catch(() => {}); // The next open removes it otherwise.
      throw notCreated(name, error);
    }
    let database: OpenDatabase | undefined;
    try {
      await fileSystem.syncDirectory(databasesDirectory(this.directory));
      database = await OpenDatabase.create(final, manifest, this.#options, this.#shared);
      const begun = begin(database);
      this.#databases.set(name, database);
      this.#tellCatalog();
      await begun;
    } catch (error) {
      await database?.close();
      // Nobody was told that it holds anything, and the next attempt needs the name.
      await this.#removeDirectory(name, final).catch(() => {}); // What went wrong before says more.
      if (this.#databases.delete(name)) this.#tellCatalog();
      throw notCreated(name, error);
    }
    return database;
  }

  /** Removes a database's directory, by a change of its name that a crash leaves whole or not at all. */
  async #removeDirectory(name: string, directory: string): Promise<void> {
    const { fileSystem } = this.#options;
    const dropped = droppedDirectory(this.directory, name);
    await fileSystem.removeTree(dropped);
    await fileSystem.rename(directory, dropped);
    await fileSystem.syncDirectory(databasesDirectory(this.directory));
    await fileSystem.removeTree(dropped);
  }

  #tellCatalog(): void {
    for (const listener of this.#catalogListeners) listener();
    for (const listener of this.#handleListeners) listener();
  }

  async #close(): Promise<void> {
    await this.#lastChange;
    for (const database of this.#databases.values()) await database.close();
    for (const listener of this.#handleListeners) listener();
    await this.#lock.release();
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new ClosedError(`the store in ${this.directory}`);
  }
}

const bytesOf = ({ segments }: Log): number =>
  segments.reduce((sum, { byteSize }) => sum + byteSize, 0);

/** What to tell of a database that could not be created. */
function notCreated(name: string, error: unknown): unknown {
  if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) return error;
  const message = `the disk is full: database "${name}" was not created; free some space first`;
  return new DiskFullError(message, { cause: error });
}
