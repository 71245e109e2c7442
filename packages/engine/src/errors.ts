/**
 * Everything the engine throws on purpose. `code` is stable and meant for programs; `message` says
 * what is wrong and what to do, and may change. A caller tells them apart by class or by code.
 */

import type { LogOffset, TimestampMs } from "./scalars.ts";

/** The base of all errors of the engine. */
export class EngineError extends Error {
  /** Stable upper-case name of the kind of error. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** A key is not a string of 1 to 1,024 bytes of well-formed UTF-8. */
export class InvalidKeyError extends EngineError {
  constructor(message: string) {
    super("INVALID_KEY", message);
  }
}

/** The name of a database or a collection does not fit `[A-Za-z0-9][A-Za-z0-9._-]{0,127}`. */
export class InvalidNameError extends EngineError {
  constructor(message: string) {
    super("INVALID_NAME", message);
  }
}

/** A value is neither JSON nor bytes. The message names the place, as in `value.tags[2]`. */
export class InvalidValueError extends EngineError {
  constructor(message: string, options?: ErrorOptions) {
    super("INVALID_VALUE", message, options);
  }
}

/** An option, or a combination of options, that cannot be meant. */
export class InvalidOptionError extends EngineError {
  constructor(message: string) {
    super("INVALID_OPTION", message);
  }
}

/** A value or a batch is larger than the store allows. Nothing was written. */
export class TooLargeError extends EngineError {
  /** What was allowed, in `unit`. */
  readonly limit: number;
  readonly unit: "bytes" | "operations";

  constructor(message: string, limit: number, unit: "bytes" | "operations") {
    super("TOO_LARGE", message);
    this.limit = limit;
    this.unit = unit;
  }
}

/** A condition did not hold: the key is not at the offset that was asked for. Nothing was written. */
export class ConflictError extends EngineError {
  readonly collection: string;
  readonly key: string;
  /** What the condition asked for: an offset, or null for "absent". */
  readonly expectedOffset: number | null;
  /** What there was: the newest appended offset, or null for none. */
  readonly actualOffset: number | null;
  /** The place of the check in the batch, from 0; 0 for a single write. */
  readonly checkIndex: number;

  constructor(conflict: {
    readonly collection: string;
    readonly key: string;
    readonly expectedOffset: number | null;
    readonly actualOffset: number | null;
    readonly checkIndex: number;
  }) {
    const say = (offset: number | null): string => (offset === null ? "absent" : `at ${offset}`);
    super(
      "CONFLICT",
      `${conflict.collection}/${conflict.key} is ${say(conflict.actualOffset)}, not ` +
        `${say(conflict.expectedOffset)}: read it again and decide anew`,
    );
    this.collection = conflict.collection;
    this.key = conflict.key;
    this.expectedOffset = conflict.expectedOffset;
    this.actualOffset = conflict.actualOffset;
    this.checkIndex = conflict.checkIndex;
  }
}

/** An idempotency key has come with another write than before. Nothing was written. */
export class IdempotencyKeyReusedError extends EngineError {
  readonly idempotencyKey: string;

  constructor(idempotencyKey: string) {
    super(
      "IDEMPOTENCY_KEY_REUSED",
      `the idempotency key ${JSON.stringify(idempotencyKey)} was given to another write before: ` +
        "repeat that one as it was, or give this one a key of its own",
    );
    this.idempotencyKey = idempotencyKey;
  }
}

/** There is no database of this name, or none any more: what was under way when it was dropped is gone with it. */
export class DatabaseNotFoundError extends EngineError {
  constructor(name: string) {
    super("DATABASE_NOT_FOUND", `there is no database "${name}": create it first`);
  }
}

/**
 * A database was opened again, or a full copy took its place, while somebody read it or wrote to it.
 * Offsets mean what they did: a feed can go on from its position, and a read can be repeated; whether a
 * write was done is unknown.
 */
export class DatabaseReplacedError extends EngineError {
  constructor(name: string) {
    super("DATABASE_REPLACED", `database "${name}" was opened anew meanwhile: try again`);
  }
}

/** A database of this name exists. */
export class DatabaseExistsError extends EngineError {
  constructor(name: string) {
    super("DATABASE_EXISTS", `a database "${name}" exists already`);
  }
}

/** Bytes on disk are not what was written. Never cut, never served. */
export class CorruptionError extends EngineError {
  /** The file that holds the bad bytes. */
  readonly path: string;
  /** Where they begin, in bytes from the file's start. */
  readonly position: number;

  constructor(path: string, position: number, what: string, options?: ErrorOptions) {
    super(
      "CORRUPT",
      `${path} is damaged at byte ${position}: ${what}. Nothing was changed. ` +
        "`boxerdb verify <directory>` shows all damage; restore from a backup or from a replica, or see " +
        "by `boxerdb repair <directory> --dry-run` exactly what a repair would lose",
      options,
    );
    this.path = path;
    this.position = position;
  }
}

/** The directory is not a store, or was written by a version that this one cannot read. */
export class FormatError extends EngineError {
  declare readonly code: "NOT_A_STORE" | "FORMAT_UNSUPPORTED";
}

/** Another process holds the directory, or took it over. */
export class LockedError extends EngineError {
  constructor(message: string, options?: ErrorOptions) {
    super("LOCKED", message, options);
  }
}

/**
 * A write or a sync failed, so that nobody can say what is on disk. The database answers reads and
 * refuses writes until the store is opened again; whether the failed writes survived is unknown.
 */
export class PoisonedError extends EngineError {
  constructor(message: string, options?: ErrorOptions) {
    super("POISONED", message, options);
  }
}

/** As PoisonedError, and the reason was a full disk: free some space, then open the store again. */
export class DiskFullError extends EngineError {
  constructor(message: string, options?: ErrorOptions) {
    super("DISK_FULL", message, options);
  }
}

/** The store, the database or the snapshot was closed, or the database dropped. */
export class ClosedError extends EngineError {
  constructor(what: string) {
    super("CLOSED", `${what} is closed`);
  }
}

/**
 * What was waited for was called off by an AbortSignal. Name and code are those of Node's own; `cause`
 * is the signal's reason.
 */
export class AbortError extends EngineError {
  constructor(what: string, reason: unknown) {
    super("ABORT_ERR", `${what} was aborted`, { cause: reason });
  }
}

/** Records that were handed over by another node are damaged, or do not follow on this log. */
export class InvalidRecordsError extends EngineError {
  constructor(message: string) {
    super("INVALID_RECORDS", message);
  }
}

/** A write on a replica: its log comes from the leader alone. */
export class NotWritableError extends EngineError {
  constructor(name: string) {
    super("NOT_WRITABLE", `database "${name}" is a replica here: write to its leader`);
  }
}

/** A database as of an offset was asked for, and more is committed by now: what it was then is not kept. */
export class OffsetPassedError extends EngineError {
  /** The state that was asked for: all records below it. */
  readonly offset: LogOffset;
  /** All records below it are committed. */
  readonly highWatermark: LogOffset;

  constructor(name: string, offset: LogOffset, highWatermark: LogOffset) {
    super(
      "OFFSET_PASSED",
      `database "${name}" holds all up to offset ${highWatermark - 1} by now, and is no longer as it was ` +
        `at offset ${offset - 1}: ask for that one or a later one`,
    );
    this.offset = offset;
    this.highWatermark = highWatermark;
  }
}

/**
 * A copy of a database that catches up with its leader shows no state that the leader was in: it lacks records
 * that compaction has dropped there because of later ones, which have not come here yet.
 */
export class CatchingUpError extends EngineError {
  /** All records below it are here. */
  readonly highWatermark: LogOffset;
  /** All records below it must be. */
  readonly wholeFrom: LogOffset;

  constructor(name: string, highWatermark: LogOffset, wholeFrom: LogOffset) {
    super(
      "CATCHING_UP",
      `this copy of database "${name}" is catching up with its leader, and mixes older values with newer ` +
        `ones until it has: it holds ${highWatermark} of the ${wholeFrom} records that it needs. Try again ` +
        "later, or read another node",
    );
    this.highWatermark = highWatermark;
    this.wholeFrom = wholeFrom;
  }
}

/** The directory that something was to be written to holds files. Nothing was changed. */
export class DirectoryNotEmptyError extends EngineError {
  constructor(directory: string, found: string) {
    super(
      "DIRECTORY_NOT_EMPTY",
      `${directory} holds ${found}: name an empty or a new directory. If an earlier attempt was ` +
        "interrupted there, remove the directory first",
    );
  }
}

/** A directory is not a backup that was finished, or is not as the backup was made. */
export class InvalidBackupError extends EngineError {
  constructor(message: string, options?: ErrorOptions) {
    super("INVALID_BACKUP", message, options);
  }
}

/** Compaction has dropped what a database held at the offset or time that was asked for. */
export class HistoryCompactedError extends EngineError {
  /** The state is known exactly from this offset on. */
  readonly earliestOffset: LogOffset;
  /** The state is known exactly from this time on. */
  readonly earliestTime: TimestampMs;

  constructor(history: {
    readonly database: string;
    readonly earliestOffset: LogOffset;
    readonly earliestTime: TimestampMs;
  }) {
    const { database, earliestOffset, earliestTime } = history;
    super(
      "HISTORY_COMPACTED",
      `compaction has dropped older values of database "${database}": its state is known exactly ` +
        `from offset ${earliestOffset} or time ${earliestTime} ` +
        `(${new Date(earliestTime).toISOString()}) on. Ask for these or later ones, or restore an ` +
        "older backup",
    );
    this.earliestOffset = earliestOffset;
    this.earliestTime = earliestTime;
  }
}

/** A directory is not as it was when the plan for its repair was made. Nothing was changed. */
export class RepairPlanOutdatedError extends EngineError {
  constructor(directory: string) {
    super(
      "REPAIR_PLAN_OUTDATED",
      `${directory} has changed since the repair was planned: plan it again, and read the new plan`,
    );
  }
}
