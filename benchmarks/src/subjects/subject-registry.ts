import manifest from "../../package.json" with { type: "json" };

import { openBoxerdb } from "./boxerdb-subject.ts";
import { openClassicLevel } from "./classic-level-subject.ts";
import { openJavascriptMap } from "./javascript-map-subject.ts";
import { openLmdb, openLmdbWithStructures } from "./lmdb-subject.ts";
import { openSqlite } from "./sqlite-subject.ts";
import type { OpenSubject } from "./subject.ts";

/** How subjects are called in rounds and tables. */
export const subjectNames = {
  boxerdb: "BoxerDB",
  lmdb: "lmdb",
  lmdbWithStructures: "lmdb, structures",
  classicLevel: "classic-level",
  sqlite: "node:sqlite",
  javascriptMap: "JavaScript Map",
} as const;

const openers: Readonly<Record<string, OpenSubject>> = {
  [subjectNames.boxerdb]: openBoxerdb,
  [subjectNames.lmdb]: openLmdb,
  [subjectNames.lmdbWithStructures]: openLmdbWithStructures,
  [subjectNames.classicLevel]: openClassicLevel,
  [subjectNames.sqlite]: openSqlite,
  [subjectNames.javascriptMap]: openJavascriptMap,
};

/** How to open the subject of a name. Throws where there is none. */
export function openerOf(name: string): OpenSubject {
  const opener = openers[name];
  if (opener === undefined) throw new Error(`assertion failed: no subject "${name}"`);
  return opener;
}

/** The versions of the peers. */
export const storeVersions = async (): Promise<readonly string[]> => [
  `lmdb ${manifest.dependencies.lmdb}`,
  `classic-level ${manifest.dependencies["classic-level"]}`,
  `SQLite ${process.versions["sqlite"]}`,
];

/** How the peers are set, a sentence each. */
export const peerSettings: readonly string[] = [
  "BoxerDB: 512 MiB of memory for blocks of the log, so that what is read is warm in all; else as it comes",
  "lmdb: as it comes (plain msgpack), overlappingSync off, so that a put is durable when it resolves",
  "lmdb, structures: its fastest setting, where values share their structure (records of msgpackr)",
  "classic-level: JSON, 64 MiB of cache and of write buffer, no compression, sync, chained batches, getSync, nextv",
  "node:sqlite: JSON, WAL with synchronous = FULL, WITHOUT ROWID, prepared statements, 64 MiB of cache, mapped",
  "puts of many writers: classic-level and node:sqlite get those of one turn of the event loop as one batch",
];
