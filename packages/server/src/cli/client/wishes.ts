/** What a client can be asked for: places, ranges, conditions, parts of work. */

import type { JsonValue } from "@boxerdb/engine";

/** A collection of a database. */
export interface Place {
  readonly database: string;
  readonly collection: string;
}

/** Which keys of a collection: all that fit every bound that is given. */
export interface KeyRange {
  readonly prefix?: string | undefined;
  readonly gt?: string | undefined;
  readonly gte?: string | undefined;
  readonly lt?: string | undefined;
  readonly lte?: string | undefined;
}

/** One page of a listing. */
export interface PageQuery extends KeyRange {
  readonly reverse?: boolean | undefined;
  readonly keysOnly?: boolean | undefined;
  /** The most entries to answer; the server answers fewer where its own limit is lower. */
  readonly limit?: number | undefined;
  /** Where the page before ended, as it told. */
  readonly cursor?: string | undefined;
}

/** To write only at this offset. */
export interface OffsetCondition {
  readonly ifOffset: number;
}

/** Which changes of a database. */
export interface ChangesQuery {
  /** The offset to begin at; `now` is the present end. */
  readonly from: number | "now";
  readonly collection?: string | undefined;
  /** Only keys that begin with it; needs a collection. */
  readonly prefix?: string | undefined;
  /** How long to wait for the first change, in seconds. */
  readonly wait: number;
}

/** When to write: at this offset only, or only where there is nothing yet. */
export type PutCondition = OffsetCondition | { readonly ifAbsent: true };

/** What a put may be asked with. */
export interface PutWish {
  readonly condition?: PutCondition | undefined;
  /** After how many seconds the value ceases to be. Default: never. */
  readonly ttl?: number | undefined;
}

/** A put of a batch. */
export interface PutOperation {
  readonly op: "put";
  readonly collection: string;
  readonly key: string;
  readonly value: JsonValue;
}

/** Lines of an import. */
export interface ImportPart {
  /** Under which the server keeps how far the import has come: 1 to 255 printable ASCII characters. */
  readonly id: string;
  /** For documents that name none. */
  readonly collection: string;
  /** The number of its first line, from 1. */
  readonly firstLine: number;
  /** Whether another part follows. */
  readonly more: boolean;
  readonly bytes: Uint8Array;
}

/** Which documents to export. */
export interface ExportQuery {
  /** Default: all. */
  readonly collection?: string | undefined;
  /** Only keys that begin with it. */
  readonly prefix?: string | undefined;
}

/** Which hashes to ask for. */
export interface ContentHashQuery {
  /** As of this offset exactly. Default: as it is now. */
  readonly offset?: number;
  /** How long to wait for it, in seconds. */
  readonly wait?: number;
  readonly collection?: string;
  readonly gt?: string;
  readonly lte?: string;
  /** Of each key, not of ranges of keys. */
  readonly keys?: boolean;
  /** Only of what expires later, in milliseconds since 1970, or never. */
  readonly expiresAfter?: number;
}
