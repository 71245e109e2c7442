import { crc32 } from "node:zlib";

import type { ByteString } from "../log/byte-string.ts";

/** A share of all keys: those whose hash leaves `residue` when it is divided by `modulus`. */
interface Share {
  readonly residue: number;
  readonly modulus: number;
}

/**
 * Finds the keys whose last record is a PUT, of those that an index does not know, in memory for
 * `limit` keys. Where they are more, it looks for a share of them and has the log read again for the
 * others. All deleted keys that compaction has not forgotten come by here.
 */
export class MissingKeys {
  readonly #limit: number;
  readonly #keys = new Set<string>();
  readonly #shares: Share[] = [{ residue: 0, modulus: 1 }];

  constructor(limit = 1_000_000) {
    this.#limit = limit;
  }

  /** Takes note of a PUT of a key that the index does not know. */
  put(collection: ByteString, key: ByteString): void {
    const entry = entryOf(collection, key);
    if (!this.#isLookedFor(entry)) return;
    this.#keys.add(entry);
    while (this.#keys.size > this.#limit) this.#halve();
  }

  /** Takes note of a DELETE. */
  delete(collection: ByteString, key: ByteString): void {
    if (this.#keys.size > 0) this.#keys.delete(entryOf(collection, key));
  }

  /** Ends a reading of the log: the keys that were found missing. */
  takeFound(): readonly { readonly collection: ByteString; readonly key: ByteString }[] {
    const found = [...this.#keys].map((entry) => {
      const [collection = "", key = ""] = entry.split(separator, 2);
      return { collection: collection as ByteString, key: key as ByteString };
    });
    this.#keys.clear();
    this.#shares.shift();
    return found;
  }

  /** Whether the log has to be read once more. */
  get isToGoOn(): boolean {
    return this.#shares.length > 0;
  }

  #isLookedFor(entry: string): boolean {
    const { residue, modulus } = this.#share;
    return modulus === 1 || crc32(entry) % modulus === residue;
  }

  /** Leaves half of what is looked for to another reading. */
  #halve(): void {
    const { residue, modulus } = this.#share;
    const halves = { residue, modulus: modulus * 2 };
    this.#shares.splice(0, 1, halves, { residue: residue + modulus, modulus: modulus * 2 });
    for (const entry of this.#keys) if (!this.#isLookedFor(entry)) this.#keys.delete(entry);
  }

  get #share(): Share {
    const [share] = this.#shares;
    if (share === undefined) throw new Error("assertion failed: there is a share to look for");
    return share;
  }
}

// Names of collections hold none.
const separator = "\0";

const entryOf = (collection: ByteString, key: ByteString): string =>
  `${collection}${separator}${key}`;
