/** Opens the log of a database and brings its index back: from the newest checkpoint that holds, or alone. */
import { CheckpointDoubt } from "../checkpoint/checkpoint-doubt.ts";
import { loadCheckpoint, type LoadedCheckpoint } from "../checkpoint/checkpoint-loader.ts";
import type { CheckpointedState } from "../checkpoint/checkpointer.ts";
import { CorruptionError } from "../errors.ts";
import type { StoreEvent } from "../events.ts";
import { EpochTable } from "../log/epoch-table.ts";
import {
  closeLogFiles,
  describeSegment,
  openLogFiles,
  readLog,
  type LogFiles,
  type SegmentToRead,
} from "../log/log-recovery.ts";
import type { Log, LogIdentity } from "../log/log.ts";
import { OpeningProgress } from "../log/opening-progress.ts";
import type { LogOffset } from "../scalars.ts";

import { RecoveredState } from "./recovered-state.ts";

export interface RecoveryOptions {
  /** The name by which events call the database. */
  readonly database: string;
  readonly commit: "synced" | "replicated";
  /** The log is known to reach it. */
  readonly durableEnd: LogOffset;
  readonly onEvent: (event: StoreEvent) => void;
}

/** A database as it was found. */
export interface RecoveredDatabase {
  readonly log: Log;
  readonly state: RecoveredState;
  /** The checkpoint that is in force; undefined where there is none that was of use. */
  readonly checkpointed: CheckpointedState | undefined;
  /** How many bytes of the log were read beside it. */
  readonly replayedBytes: number;
}

/** Throws CorruptionError where bytes that were durable are not as written, or a file is missing. */
export async function recoverDatabase(
  identity: LogIdentity,
  options: RecoveryOptions,
): Promise<RecoveredDatabase> {
  const files = await openLogFiles(identity);
  let recovered: Awaited<ReturnType<typeof recover>> | undefined;
  try {
    recovered = await recover(identity, files, options);
    await removeLeftovers(identity, recovered.leftovers, options.onEvent);
    return recovered;
  } catch (error) {
    await recovered?.log.close();
    await closeLogFiles(files);
    throw error;
  }
}

async function recover(
  identity: LogIdentity,
  files: LogFiles,
  options: RecoveryOptions,
): Promise<RecoveredDatabase & { readonly leftovers: readonly string[] }> {
  const { database, onEvent } = options;
  const { checkpoints } = files;
  for (const fileName of checkpoints) {
    try {
      const loaded = await loadCheckpoint(identity, fileName, files);
      const recovered = await readBehind(identity, loaded, options);
      const others = checkpoints.filter((name) => name !== fileName);
      return { ...recovered, leftovers: [...files.leftovers, ...others] };
    } catch (error) {
      // A checkpoint takes no part in what is decided about damage: the log alone is asked then.
      if (!(error instanceof CheckpointDoubt || error instanceof CorruptionError)) throw error;
      const path = `${identity.directory}/${fileName}`;
      onEvent({ type: "checkpoint-refused", database, path, reason: error.message });
    }
  }
  const recovered = await readAll(identity, files, options);
  return { ...recovered, leftovers: [...files.leftovers, ...checkpoints] };
}

/** Reads what a checkpoint does not cover. */
async function readBehind(
  identity: LogIdentity,
  { start, epochs, toRead, fileBytes, isUnmoved }: LoadedCheckpoint,
  options: RecoveryOptions,
): Promise<RecoveredDatabase> {
  const { highWatermark, offset } = start;
  const state = new RecoveredState(options.commit, start);
  // What it knows to be committed must be there. If it is not, the log is read without it.
  const durableEnd = Math.max(options.durableEnd, highWatermark) as LogOffset;
  const read = await readInto(
    identity,
    toRead,
    epochs,
    state,
    { ...options, durableEnd },
    fileBytes,
  );
  const segments = isUnmoved ? read.log.readableSegments : [];
  return { ...read, state, checkpointed: { offset, segments, bytes: fileBytes } };
}

async function readAll(
  identity: LogIdentity,
  files: LogFiles,
  options: RecoveryOptions,
): Promise<RecoveredDatabase> {
  const state = new RecoveredState(options.commit);
  const toRead = files.segments.map((source) => ({
    segment: describeSegment(source),
    source,
    isKnown: false,
  }));
  const read = await readInto(identity, toRead, new EpochTable(), state, options, 0);
  return { ...read, state, checkpointed: undefined };
}

/** `checkpointBytes`: what was read already. */
async function readInto(
  identity: LogIdentity,
  toRead: readonly SegmentToRead[],
  epochs: EpochTable,
  state: RecoveredState,
  { database, durableEnd, onEvent }: RecoveryOptions,
  checkpointBytes: number,
): Promise<{ readonly log: Log; readonly replayedBytes: number }> {
  const logBytes = toRead.reduce((sum, item) => sum + bytesToRead(item), 0);
  const progress = new OpeningProgress(database, onEvent, checkpointBytes + logBytes);
  progress.addBytes(checkpointBytes);
  const log = await readLog(identity, toRead, epochs, durableEnd, {
    database,
    onEvent,
    onGroup: (group, segment) => {
      progress.addGroup(group);
      state.takeGroup(group, segment);
    },
  });
  state.finish();
  progress.done();
  return { log, replayedBytes: logBytes };
}

const bytesToRead = ({ segment, source, isKnown }: SegmentToRead): number =>
  isKnown ? 0 : source.fileBytes - (segment?.byteSize ?? 0);

/**
 * Removes files that are of no use any more. Only now that all that replaces them is known to be whole,
 * and to stay.
 */
async function removeLeftovers(
  { fileSystem, directory }: LogIdentity,
  leftovers: readonly string[],
  onEvent: (event: StoreEvent) => void,
): Promise<void> {
  await fileSystem.syncDirectory(directory);
  for (const name of leftovers) {
    await fileSystem.remove(`${directory}/${name}`);
    onEvent({ type: "leftover-removed", path: `${directory}/${name}` });
  }
  // A checkpoint that was refused must not come back when the log has become another one.
  if (leftovers.length > 0) await fileSystem.syncDirectory(directory);
}
