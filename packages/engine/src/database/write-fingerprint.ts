import { createHash } from "node:crypto";

import { EncodedValue } from "../value/encoded-value.ts";

import type { Operation } from "./operation-encoder.ts";

/**
 * The SHA-256 of operations that were staged, by which the same write is known again. Conditions are
 * not part of it, nor is durability: they say when to write, not what.
 */
export function fingerprintOf(operations: readonly Operation[]): Uint8Array {
  const hash = createHash("sha256");
  for (const operation of operations) {
    const { op, collection, key } = operation;
    if (operation.op === "delete") {
      hash.update(JSON.stringify([op, collection, key]));
      continue;
    }
    const { value, expires = null, ttlMs = null } = operation;
    if (!(value instanceof EncodedValue)) {
      throw new Error("assertion failed: only what was staged has a fingerprint");
    }
    const { byteLength } = value.bytes;
    // The JSON shows where it ends, and how much of what follows is the value's.
    hash.update(JSON.stringify([op, collection, key, expires, ttlMs, byteLength]));
    hash.update(value.bytes);
  }
  return hash.digest();
}
