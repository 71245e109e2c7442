/**
 * Owns the names of checkpoints, which stand beside the segments of a database (see segment-name.ts).
 *
 *     00000000000000081920.checkpoint       an image of the index at this offset
 *     00000000000000081920.checkpoint.tmp   one that is being written, or was interrupted
 */
import type { LogOffset } from "../scalars.ts";

const digits = 20;
const pattern = /^(\d{20})\.checkpoint$/;
const temporaryPattern = /^\d{20}\.checkpoint\.tmp$/;

/** The file name of a checkpoint at an offset. */
export const checkpointFileName = (offset: LogOffset): string =>
  `${String(offset).padStart(digits, "0")}.checkpoint`;

/** The name under which a checkpoint is written before it is complete. */
export const temporaryCheckpointName = (offset: LogOffset): string =>
  `${checkpointFileName(offset)}.tmp`;

export const isCheckpointFileName = (fileName: string): boolean => pattern.test(fileName);

export const isTemporaryCheckpointName = (fileName: string): boolean =>
  temporaryPattern.test(fileName);
