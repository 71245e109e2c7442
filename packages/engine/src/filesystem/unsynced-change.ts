/**
 * The changes that a file system in memory has not made durable yet. `sequence` is the place among
 * all changes that the file system has seen, from 0.
 */

/** A change of names. A rename is one change, across directories too. */
export interface UnsyncedName {
  readonly kind: "name";
  readonly sequence: number;
  readonly action: "create" | "rename" | "remove";
  readonly path: string;
  /** Of a rename: the new path. */
  readonly to?: string;
}

/** A change of a file's content. */
export type UnsyncedContent =
  | {
      readonly kind: "write";
      readonly sequence: number;
      readonly position: number;
      readonly length: number;
    }
  | { readonly kind: "truncate"; readonly sequence: number; readonly size: number };

/** One change that a power cut may lose. A change of content has the path after the cut. */
export type UnsyncedChange = UnsyncedName | (UnsyncedContent & { readonly path: string });
