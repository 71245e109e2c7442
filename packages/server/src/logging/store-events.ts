import type { StoreEvent } from "@boxerdb/engine";

import { formatByteSize } from "../config/byte-size.ts";

import type { Logger } from "./logger.ts";
import type { OpeningEvent } from "./opening-log.ts";

/**
 * Puts what the engine tells into the log, at a level that says whether somebody must look at it. How far
 * opening has come is told by OpeningLog.
 */
export function logStoreEvent(log: Logger, event: Exclude<StoreEvent, OpeningEvent>): void {
  const { type, ...fields } = event;
  switch (event.type) {
    case "torn-tail-cut":
      return log.warn(
        { type, ...fields },
        `the end of the log of database ${event.database} was torn by a crash; ` +
          `${formatByteSize(event.cutBytes)} that nothing vouches for were cut off`,
      );
    case "segment-recreated":
      return log.info(
        { type, ...fields },
        "a segment that a crash had left unfinished was made anew",
      );
    case "leftover-removed":
      return log.info({ type, ...fields }, "a file that an interrupted task had left was removed");
    case "poisoned":
      return log.error(
        { type, database: event.database, err: event.error },
        `database ${event.database} takes no more writes since one failed; reads go on. ` +
          "Look after the disk, then start the server again",
      );
    case "damaged":
      return log.error(
        { type, database: event.database, err: event.error },
        `what database ${event.database} holds is damaged on this node's disk, and cannot be read in part. ` +
          "A replica copies it anew from its leader by itself; elsewhere `boxerdb verify` shows what is " +
          "damaged, and `boxerdb repair` what can be saved",
      );
    case "set-aside":
      return log.error(
        { type, database: event.database, id: event.id, path: event.path, err: event.error },
        `database ${event.database} cannot be used and was moved to ${event.path}, where ` +
          "`boxerdb verify` shows what is wrong with it",
      );
    case "checkpoint-written":
      return log.debug({ type, ...fields }, `database ${event.database} has a new checkpoint`);
    case "checkpoint-refused":
      return log.warn(
        { type, ...fields },
        `a checkpoint of database ${event.database} was of no use; nothing is lost, its log is read instead`,
      );
    case "checkpoint-failed":
      return log.warn(
        { type, database: event.database, err: event.error },
        `no checkpoint of database ${event.database} could be written; nothing is lost, the next start ` +
          "takes longer",
      );
    case "compacted":
      return log.info({ type, ...fields }, `database ${event.database} was compacted`);
    case "compaction-failed":
      return log.warn(
        { type, database: event.database, err: event.error },
        `compaction of database ${event.database} failed; nothing is lost, it is tried again`,
      );
  }
}
