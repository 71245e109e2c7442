import type { LogOffset } from "../scalars.ts";

/** The records of one group, as they stand in the log, and where it begins and ends. */
interface TailGroup {
  readonly startOffset: LogOffset;
  readonly nextOffset: LogOffset;
  readonly records: Buffer;
}

/** More is read from the file in less time than it takes to find where to begin. */
const keptBytesAtMost = 256 << 10;
const keptGroupsAtMost = 1_024;

/**
 * The newest groups of a log in memory, for those who copy it as it is written: to read a small group
 * from its file, one would first have to look through what stands before it.
 */
export class LogTail {
  // Invariant: each group begins where the one before it ends.
  readonly #groups: TailGroup[] = [];
  #bytes = 0;

  /** Keeps a group; `records` must not change any more. */
  add(startOffset: LogOffset, nextOffset: LogOffset, records: Buffer): void {
    if (this.#groups.at(-1)?.nextOffset !== startOffset) this.clear();
    this.#groups.push({ startOffset, nextOffset, records });
    this.#bytes += records.byteLength;
    // The last one is on its way to those who wait for it, whatever its size.
    while (
      this.#groups.length > 1 &&
      (this.#bytes > keptBytesAtMost || this.#groups.length > keptGroupsAtMost)
    ) {
      this.#forgetFirst();
    }
  }

  /** Forgets the groups that begin below an offset. */
  forgetBelow(offset: LogOffset): void {
    while (this.#groups[0] !== undefined && this.#groups[0].startOffset < offset)
      this.#forgetFirst();
  }

  /** Forgets all. */
  clear(): void {
    this.#groups.length = 0;
    this.#bytes = 0;
  }

  /** Where the last group ends that is kept; 0 where none is. */
  get endOffset(): LogOffset {
    return this.#groups.at(-1)?.nextOffset ?? (0 as LogOffset);
  }

  /**
   * The groups from `from` on: at least one, at most about `maxBytes`. Undefined where `from` is no
   * beginning of a group that is kept.
   */
  from(
    from: LogOffset,
    maxBytes: number,
  ): { readonly bytes: Buffer<ArrayBuffer>; readonly nextOffset: LogOffset } | undefined {
    const first = this.#groups.findLastIndex(({ startOffset }) => startOffset <= from);
    if (first < 0 || this.#groups[first]?.startOffset !== from) return undefined;
    const parts: Buffer[] = [];
    let bytes = 0;
    let nextOffset = from;
    for (let at = first; bytes < maxBytes; at++) {
      const group = this.#groups[at];
      if (group === undefined) break;
      parts.push(group.records);
      bytes += group.records.byteLength;
      ({ nextOffset } = group);
    }
    return { bytes: Buffer.concat(parts, bytes), nextOffset };
  }

  #forgetFirst(): void {
    this.#bytes -= this.#groups.shift()?.records.byteLength ?? 0;
  }
}
