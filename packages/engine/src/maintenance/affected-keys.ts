import { textOf, type ByteString } from "../log/byte-string.ts";
import { FrameKind } from "../log/frame-kind.ts";
import type { RecordEnvelope } from "../log/record.ts";
import type { LogOffset } from "../scalars.ts";

import type { AffectedKey } from "./repair-plan.ts";

interface Candidate {
  readonly collection: ByteString;
  readonly key: ByteString;
  readonly offset: LogOffset;
  readonly isCertain: boolean;
  newestKept: Pick<RecordEnvelope, "kind" | "offset"> | undefined;
}

/** Finds the keys whose newest record goes, of those that a lost record tells or lets be guessed. */
export class AffectedKeys {
  readonly #candidates = new Map<string, Candidate>();

  /** Takes note of a record that goes. All come before the first that is kept. */
  lose({ kind, collection, key, offset }: RecordEnvelope, isCertain: boolean): void {
    if (kind === FrameKind.epoch) return;
    const entry = entryOf(collection, key);
    const known = this.#candidates.get(entry);
    if (known !== undefined && known.offset > offset) return;
    this.#candidates.set(entry, { collection, key, offset, isCertain, newestKept: undefined });
  }

  /** Whether there is anything to look for. */
  get areAny(): boolean {
    return this.#candidates.size > 0;
  }

  /** Takes note of a record that stays. They come in the order of their offsets. */
  keep({ kind, collection, key, offset }: RecordEnvelope): void {
    const candidate = this.#candidates.get(entryOf(collection, key));
    if (candidate !== undefined) candidate.newestKept = { kind, offset };
  }

  list(): readonly AffectedKey[] {
    return [...this.#candidates.values()]
      .filter(({ offset, newestKept }) => newestKept === undefined || newestKept.offset < offset)
      .map(({ collection, key, offset, isCertain, newestKept }) => ({
        collection: textOf(collection),
        key: textOf(key),
        offset,
        isCertain,
        valueOffset: newestKept?.kind === FrameKind.put ? newestKept.offset : null,
      }));
  }
}

const entryOf = (collection: ByteString, key: ByteString): string => `${collection}\0${key}`;
