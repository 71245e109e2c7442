import { InvalidKeyError, InvalidNameError } from "./errors.ts";
import { byteStringOf, type ByteString } from "./log/byte-string.ts";

/** The longest key, in bytes of UTF-8. */
export const maxKeyBytes = 1024;

const namePattern = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;

/** Throws InvalidNameError unless `name` can name a database or a collection. */
export function checkName(kind: "database" | "collection", name: string): void {
  if (!namePattern.test(name)) {
    throw new InvalidNameError(
      `${JSON.stringify(name)} cannot name a ${kind}: a name has 1 to 128 characters out of ` +
        "A-Z a-z 0-9 . _ - and begins with a letter or a digit",
    );
  }
}

/** Throws InvalidKeyError unless `key` is a string of 1 to 1,024 bytes of well-formed UTF-8. */
export function checkKey(key: string): void {
  if (typeof key !== "string") {
    throw new InvalidKeyError(`a key is a string, not ${key === null ? "null" : typeof key}`);
  }
  if (key.length === 0) {
    throw new InvalidKeyError("the key is empty: a key has at least one character");
  }
  // A UTF-16 code unit takes at most three bytes of UTF-8, so short keys need no count.
  if (key.length * 3 > maxKeyBytes && Buffer.byteLength(key) > maxKeyBytes) {
    throw new InvalidKeyError(
      `the key is too long: a key has at most ${inFigures(maxKeyBytes)} bytes of UTF-8, ` +
        `this one has ${inFigures(Buffer.byteLength(key))}`,
    );
  }
  if (!key.isWellFormed()) {
    throw new InvalidKeyError("a key must be well-formed Unicode; this one has a lone surrogate");
  }
}

/** The UTF-8 bytes of a key. Throws InvalidKeyError as `checkKey` does. */
export function keyBytesOf(key: string): ByteString {
  // A key of bytes as many as it has characters is ASCII, so it is well-formed.
  const isPlain =
    typeof key === "string" &&
    key.length > 0 &&
    key.length <= maxKeyBytes &&
    Buffer.byteLength(key) === key.length;
  if (isPlain) return key as ByteString;
  checkKey(key);
  return byteStringOf(key);
}

const inFigures = (count: number): string => count.toLocaleString("en-US");

/**
 * Whether a collection is one of the engine's own, in which it keeps its records beside those of users:
 * see batch-note.ts. No name that `checkName` lets pass begins so.
 */
export const isSystemCollection = (name: string): boolean => name.startsWith("_");
