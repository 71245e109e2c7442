import { measureDocuments } from "../embedded/documents-measurement.ts";
import { measureKeys, measureOpenKeys } from "../embedded/keys-measurement.ts";
import { measureOpen } from "../embedded/open-measurement.ts";
import { measureOverwriting } from "../embedded/overwriting-measurement.ts";
import { measureRealDocuments } from "../embedded/real-measurement.ts";
import {
  measureLogRead,
  measureReplay,
  measureUntilKilled,
} from "../embedded/replay-measurement.ts";
import { measureIndex } from "../index/index-measurement.ts";
import {
  measureLargeCompaction,
  measureLargeLoad,
  measureLargeRead,
} from "../large/large-measurement.ts";
import { measureCatchUp } from "../replication/catch-up-measurement.ts";
import { measureLogCopy, measureSyncs } from "../replication/disk-measurement.ts";
import { measureDurablePuts } from "../replication/durable-puts-measurement.ts";
import { measureSlowLinks } from "../replication/slow-link-measurement.ts";

import type { Measurement } from "./task.ts";

/** What a worker can be told to do, by name. */
export const measurements: Readonly<Record<string, Measurement>> = {
  documents: measureDocuments,
  open: measureOpen,
  keys: measureKeys,
  "open keys": measureOpenKeys,
  "until killed": measureUntilKilled,
  replay: measureReplay,
  "log read": measureLogRead,
  overwriting: measureOverwriting,
  real: measureRealDocuments,
  index: measureIndex,
  "large load": measureLargeLoad,
  "large read": measureLargeRead,
  "large compaction": measureLargeCompaction,
  "catch-up": measureCatchUp,
  "log copy": measureLogCopy,
  "slow links": measureSlowLinks,
  syncs: measureSyncs,
  "durable puts": measureDurablePuts,
};
