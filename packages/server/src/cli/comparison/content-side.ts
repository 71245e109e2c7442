/** One of the two sides of a comparison: a server, or a data directory. */
import type { ContentKey, ContentRange, ContentTotal } from "@boxerdb/engine";

/** Keys that follow on each other: behind `gt`, up to `through`; undefined and null are the ends. */
export interface Span {
  readonly collection: string;
  readonly gt: string | undefined;
  readonly through: string | null;
}

/** How far a database is. */
export interface Position {
  /** The newest offset that is committed; -1 before the first. */
  readonly offset: number;
  readonly keys: number;
}

/** What to read of a database. */
export interface ContentQuestion {
  readonly database: string;
  /** As of this offset exactly; undefined: as it is. */
  readonly offset: number | undefined;
  /** Only what expires later, in milliseconds since 1970, or never. */
  readonly expiresAfter: number;
  /** Only these keys; undefined: all. */
  readonly span: Span | undefined;
}

/** What is read, as of one offset. To be disposed of, also where it was not read to its end. */
export interface Content extends AsyncDisposable {
  readonly offset: number;
  readonly ranges: () => AsyncGenerator<ContentRange, ContentTotal, void>;
  readonly keys: () => AsyncGenerator<ComparedKey, void, void>;
}

/** A key of one side. */
export type ComparedKey = Pick<ContentKey, "collection" | "key" | "hash"> & {
  readonly offset: number;
};

/**
 * What came of a question. `passed`: the database is no longer as it was at the offset; `behind`: it has
 * not come to it in the time that one waits for it.
 */
export type Opened = { readonly content: Content } | { readonly refused: "passed" | "behind" };

/** Where content is read from. */
export interface ContentSide extends AsyncDisposable {
  /** As people named it. */
  readonly name: string;
  /** Whether nothing is written to it: it stays at its offset. */
  readonly isFixed: boolean;
  /** How far each database is, by name. */
  positions(): Promise<ReadonlyMap<string, Position>>;
  /** Either `ranges` or `keys` of what it opens may be read, once. */
  open(question: ContentQuestion, of: "ranges" | "keys", signal: AbortSignal): Promise<Opened>;
}
