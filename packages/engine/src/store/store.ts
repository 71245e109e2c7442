/** A store: one data directory, held by one process; it contains databases. */
import { statusOf, type DatabaseStatus } from "../database/database-status.ts";
import { Database, type DatabaseHost } from "../database/database.ts";
import type { OpenDatabase, StoreShare } from "../database/open-database.ts";
import {
  ClosedError,
  DatabaseNotFoundError,
  LockedError,
  NotWritableError,
  type EngineError,
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
import { checkName } from "../names.ts";
import type { ResolvedStoreOptions } from "../options.ts";

import { Catalog } from "./catalog.ts";
import { replicaManifestName, writeManifest } from "./manifest.ts";
import type { SetAsideDatabase } from "./set-aside.ts";

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

/** Decides, for all stores that have copies of them, which databases there are. */
export interface DatabaseAuthority {
  /** Resolves when a database exists here and may be written to. */
  create(name: string): Promise<void>;
  /** Resolves when a database is gone here. */
  drop(name: string): Promise<void>;
}

/** An open store. Get one by `open`. */
export class Store implements AsyncDisposable {
  readonly directory: string;
  /** A UUID that was made with the directory. */
  readonly id: string;
  readonly #options: ResolvedStoreOptions;
  readonly #lock: DirectoryLock;
  readonly #catalog: Catalog;
  readonly #shared: StoreShare;
  /** Those who are told when the store is closed. */
  readonly #endListeners = new Set<() => void>();
  #replicaOf: string | undefined;
  #admission: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  #takenOver: LockedError | undefined;
  #authority: DatabaseAuthority | undefined;
  /** Databases that are being created for writes that want them. */
  readonly #creations = new Map<string, Promise<OpenDatabase>>();

  /** Use `open`. */
  constructor(fields: {
    readonly directory: string;
    readonly id: string;
    readonly replicaOf: string | undefined;
    readonly options: ResolvedStoreOptions;
    readonly lock: DirectoryLock;
    readonly databases: Map<string, OpenDatabase>;
    readonly setAside: readonly SetAsideDatabase[];
    readonly shared: StoreShare;
  }) {
    this.directory = fields.directory;
    this.id = fields.id;
    this.#replicaOf = fields.replicaOf;
    this.#options = fields.options;
    this.#lock = fields.lock;
    this.#shared = fields.shared;
    this.#catalog = new Catalog({
      directory: fields.directory,
      options: fields.options,
      shared: fields.shared,
      databases: fields.databases,
      setAside: fields.setAside,
      assertChangeable: () => {
        this.#assertOpen();
        if (this.#takenOver !== undefined) throw this.#takenOver;
      },
    });
  }

  /** A handle to a database, which is created by its first write. Throws InvalidNameError. */
  database(name: string): Database {
    return new Database(this.#host, name);
  }

  /** The databases that exist, by name. */
  databases(): readonly Database[] {
    this.#assertOpen();
    return this.#catalog.names.map((name) => this.database(name));
  }

  /** Creates a database that does not exist. Rejects with DatabaseExistsError where it does. */
  async createDatabase(name: string): Promise<Database> {
    const database = this.database(name);
    if (this.#options.commit === "replicated") await this.#createReplicated(name);
    else await this.#catalog.create(name);
    return database;
  }

  /**
   * Removes a database with all that is in it. Rejects with DatabaseNotFoundError where there is none.
   * Writes that it meets are done before it, or rejected with DatabaseNotFoundError and gone; those that
   * come when it has resolved create the database anew.
   */
  async dropDatabase(name: string): Promise<void> {
    if (this.#options.commit === "synced") {
      await this.#catalog.drop(name);
      return;
    }
    if (this.#host.find(name) === undefined) throw new DatabaseNotFoundError(name);
    if (this.#authority === undefined) throw new NotWritableError(name);
    await this.#authority.drop(name);
  }

  /** For replication: removes a database here, whoever else has it. Rejects as `dropDatabase` does. */
  async dropReplica(name: string): Promise<void> {
    await this.#catalog.drop(name);
  }

  /** What the store holds, and how it does. */
  status(): StoreStatus {
    const now = this.#options.clock.now();
    const databases = this.#catalog.databases.map((database) => statusOf(database, now));
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
      const database = this.#catalog.find(name);
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
    for (const { checkpointer } of this.#catalog.databases) await checkpointer.checkpoint();
  }

  /**
   * Copies all databases, each as it is committed when it is its turn, into a directory that is absent
   * or empty, while writes go on. What is there then is read back before this resolves. To use it, see
   * `restoreBackup`; it can also be opened as it is, which makes it a store and ends it as a backup.
   * Rejects with DirectoryNotEmptyError, CorruptionError where what is to be copied is damaged, or
   * CatchingUpError where it is a copy that is not whole.
   */
  async backup(directory: string, options: BackupOptions = {}): Promise<BackupReport> {
    this.#assertOpen();
    const { fileSystem, clock, random } = this.#options;
    const names = this.#catalog.names;
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
   * For replication: who decides about the databases of a store that is opened with `commit: "replicated"`.
   * Undefined: nobody, and to create or drop one is refused.
   */
  set authority(authority: DatabaseAuthority | undefined) {
    this.#authority = authority;
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

  /** For replication: makes the empty copy of a database that has this UUID, or of one that is new. */
  async createReplica(name: string, id = this.#options.random.uuid()): Promise<Database> {
    const database = this.database(name);
    await this.#catalog.createReplica(name, id);
    return database;
  }

  /**
   * For replication: makes an empty log that is to take the place of a database of this name, or to become
   * it where there is none. It is filled by `appendReplicated` and `advanceHighWatermark` while the former
   * one is read on. One that was begun before is abandoned; so is one that an end of the process leaves.
   */
  async beginResync(name: string, id: string): Promise<OpenDatabase> {
    checkName("database", name);
    return this.#catalog.beginResync(name, id);
  }

  /**
   * For replication: has the copy that was begun take its place; resolves when it has, durably. After a
   * crash there is the former one or the copy, whole. Feeds of the former one end with
   * DatabaseReplacedError; snapshots and iterations that were begun show it on. All that is below the
   * copy's high watermark is visible then, be it less than before. Where it rejects after the former one
   * can have left its place, that takes no more writes, and `reopenDatabase` brings back what there is.
   */
  async completeResync(name: string): Promise<void> {
    await this.#catalog.completeResync(name);
  }

  /** For replication: removes the copy that was begun, if one was. */
  async abandonResync(name: string): Promise<void> {
    await this.#catalog.abandonResync(name);
  }

  /**
   * Closes a database that takes no more writes, or any other, and opens it as it is on disk, as `open`
   * does; resolves to it. Reads go on meanwhile, in the former one; its feeds end with
   * DatabaseReplacedError. Rejects with CorruptionError where it is damaged, and DatabaseNotFoundError
   * where there is none; then the former one is read on and takes no writes.
   */
  async reopenDatabase(name: string): Promise<OpenDatabase> {
    return this.#catalog.reopen(name);
  }

  /**
   * Moves a database that is damaged, or cannot be written to, to where it is kept, and goes on without
   * it; who reads it or writes to it meets `error`. Rejects with DatabaseNotFoundError where there is none.
   */
  async setAsideDatabase(name: string, error: EngineError): Promise<SetAsideDatabase> {
    return this.#catalog.setAsideDatabase(name, error);
  }

  /** The databases that were set aside since the store was opened, and when it was. */
  get setAside(): readonly SetAsideDatabase[] {
    return this.#catalog.setAside;
  }

  /** For replication: calls back whenever a database was created, dropped or replaced. Returns how to stop that. */
  onCatalogChange(listener: () => void): () => void {
    return this.#catalog.onChange(listener);
  }

  /** Refuses all writes: the directory is no longer this process's own. */
  failAll(cause: Error): void {
    const error = new LockedError(
      `another process may have taken over ${this.directory}: stop both and start one`,
      { cause },
    );
    this.#takenOver = error;
    this.#catalog.failAll(error);
  }

  /** Begins the first epoch of databases that have none, where this store alone decides. */
  async beginFirstEpochs(): Promise<void> {
    await this.#catalog.beginFirstEpochs();
  }

  readonly #host: DatabaseHost = {
    options: () => this.#options,
    find: (name) => {
      this.#assertOpen();
      return this.#catalog.find(name);
    },
    findOrCreate: async (name) => {
      this.#assertOpen();
      if (this.#options.commit === "synced") return this.#catalog.findOrCreate(name);
      const known = this.#creations.get(name) ?? this.#catalog.find(name);
      return known ?? this.#createOnce(name);
    },
    creation: (name) => (this.#creations.size === 0 ? undefined : this.#creations.get(name)),
    onCatalogChange: (listener) => {
      const stopListening = this.#catalog.onChange(listener);
      this.#endListeners.add(listener);
      return () => {
        stopListening();
        this.#endListeners.delete(listener);
      };
    },
  };

  /** The names of all databases, or the one that is asked for. Throws DatabaseNotFoundError. */
  #namesOf(database: string | undefined): readonly string[] {
    this.#assertOpen();
    if (database === undefined) return this.#catalog.names;
    if (this.#catalog.find(database) === undefined) throw new DatabaseNotFoundError(database);
    return [database];
  }

  async #admitReplicas(): Promise<void> {
    await this.#shared.replicaMark.set();
    await this.#catalog.inTurn(() => this.#settleForReplicas());
  }

  async #settleForReplicas(): Promise<void> {
    for (const database of this.#catalog.databases) {
      await database.compactor.settled();
      if (database.failure === undefined) await database.sync();
    }
  }

  /** However many writes want it. */
  #createOnce(name: string): Promise<OpenDatabase> {
    const known = this.#creations.get(name);
    if (known !== undefined) return known;
    const creation = this.#createReplicated(name).finally(() => this.#creations.delete(name));
    this.#creations.set(name, creation);
    return creation;
  }

  async #createReplicated(name: string): Promise<OpenDatabase> {
    if (this.#authority === undefined) throw new NotWritableError(name);
    await this.#authority.create(name);
    const database = this.#catalog.find(name);
    if (database === undefined) throw new DatabaseNotFoundError(name); // It was dropped again.
    return database;
  }

  async #close(): Promise<void> {
    await this.#catalog.close();
    for (const listener of this.#endListeners) listener();
    await this.#lock.release();
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) throw new ClosedError(`the store in ${this.directory}`);
  }
}

const bytesOf = ({ segments }: Log): number =>
  segments.reduce((sum, { byteSize }) => sum + byteSize, 0);
