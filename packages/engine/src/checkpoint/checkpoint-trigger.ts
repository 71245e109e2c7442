/**
 * When a checkpoint is worth writing while the database is open. A pure decision.
 *
 * After a crash, what was written to the log since the last checkpoint is read. So the next one is due
 * when that has grown to twice the size of the last one, or to `leastLogBytes`. While the index keeps its
 * size, each byte of the log costs half a byte of checkpoints at most; while it grows, besides as much as
 * it grows by. After a crash no more is read than twice the last checkpoint, or about a second's worth.
 */

/** Below so many bytes of log reading them is quicker than bothering the disk. */
export const leastLogBytes = 64 << 20;

const logBytesPerCheckpointByte = 2;

/** Whether one is due: `logBytes` were written since the last one, which has `checkpointBytes`. */
export const isCheckpointDue = (logBytes: number, checkpointBytes: number): boolean =>
  logBytes >= Math.max(leastLogBytes, checkpointBytes * logBytesPerCheckpointByte);
