import type { Operation } from "@boxerdb/replication/test";
import { expect } from "vitest";

import type { LoggedRecord } from "./node-content.ts";

/**
 * Checks that every write that was acknowledged is in a log, at the offset that clients were told; or, where
 * compaction has dropped it, a later write of its key.
 */
export function expectAcknowledged(
  operations: readonly Operation[],
  collection: string,
  records: ReadonlyMap<number, LoggedRecord>,
): void {
  const newest = new Map<string, number>();
  for (const [offset, record] of records) {
    if (record.collection !== collection) continue;
    newest.set(record.key, Math.max(offset, newest.get(record.key) ?? 0));
  }
  for (const operation of operations) {
    const { kind, key, outcome } = operation;
    if (kind === "get" || outcome.type !== "ok" || !("offset" in outcome)) continue;
    const place = `${kind} of ${key} at ${outcome.offset}`;
    const record = records.get(outcome.offset);
    if (record === undefined) {
      expect(newest.get(key), place).toBeGreaterThan(outcome.offset);
      continue;
    }
    const value = kind === "put" ? operation.value : null;
    expect(record, place).toMatchObject({ kind, collection, key, value });
  }
}
