import { logOffset, PoisonedError } from "@boxerdb/engine";
import { pino } from "pino";
import { expect, test } from "vitest";

import { logStoreEvent } from "./store-events.ts";

const failure = new PoisonedError("the disk failed");

test.each<[Parameters<typeof logStoreEvent>[1], string, string]>([
  [
    {
      type: "torn-tail-cut",
      database: "app",
      path: "segment",
      position: 7,
      cutBytes: 1024,
      reason: "the record is cut short",
    },
    "warn",
    "the end of the log of database app was torn by a crash; 1 KiB that nothing vouches for were cut off",
  ],
  [
    { type: "segment-recreated", database: "app", path: "segment" },
    "info",
    "a segment that a crash had left unfinished was made anew",
  ],
  [
    { type: "leftover-removed", path: "segment" },
    "info",
    "a file that an interrupted task had left was removed",
  ],
  [
    { type: "poisoned", database: "app", error: failure },
    "error",
    "database app takes no more writes since one failed; reads go on. Look after the disk, then start the server again",
  ],
  [
    { type: "damaged", database: "app", error: failure },
    "error",
    "what database app holds is damaged on this node's disk, and cannot be read in part. A replica copies it anew " +
      "from its leader by itself; elsewhere `boxerdb verify` shows what is damaged, and `boxerdb repair` what can be saved",
  ],
  [
    { type: "checkpoint-written", database: "app", offset: logOffset(9), bytes: 100 },
    "debug",
    "database app has a new checkpoint",
  ],
  [
    { type: "checkpoint-refused", database: "app", path: "checkpoint", reason: "torn" },
    "warn",
    "a checkpoint of database app was of no use; nothing is lost, its log is read instead",
  ],
  [
    { type: "checkpoint-failed", database: "app", error: failure },
    "warn",
    "no checkpoint of database app could be written; nothing is lost, the next start takes longer",
  ],
  [
    {
      type: "compacted",
      database: "app",
      baseOffset: logOffset(1),
      endOffset: logOffset(9),
      segments: 2,
      bytesBefore: 100,
      bytesAfter: 10,
    },
    "info",
    "database app was compacted",
  ],
  [
    {
      type: "set-aside",
      database: "app",
      id: "an id",
      path: "/data/damaged/app-1",
      error: failure,
    },
    "error",
    "database app cannot be used and was moved to /data/damaged/app-1, where `boxerdb verify` shows " +
      "what is wrong with it",
  ],
  [
    { type: "compaction-failed", database: "app", error: failure },
    "warn",
    "compaction of database app failed; nothing is lost, it is tried again",
  ],
])("%o is logged", (event, level, message) => {
  const lines: string[] = [];
  const log = pino(
    { level: "trace", formatters: { level: (label) => ({ level: label }) } },
    { write: (line) => void lines.push(line) },
  );
  logStoreEvent(log, event);
  expect(lines.map((line): unknown => JSON.parse(line))).toEqual([
    expect.objectContaining({ type: event.type, level, msg: message }),
  ]);
});
