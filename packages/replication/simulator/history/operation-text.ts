/** Operations as lines that people read. */
import type { LogOffset } from "@boxerdb/engine";

import type { Entry, Operation } from "./operation.ts";

/** One line an operation: when, who, what, and what came of it. */
export const operationLines = (operations: readonly Operation[]): readonly string[] =>
  alignedLines(
    operations.map((operation) => [
      `  [${operation.invokedAt}, ${operation.completedAt === Infinity ? "…" : operation.completedAt}]`,
      operation.client,
      callText(operation),
      `→ ${outcomeText(operation)}`,
    ]),
  );

/** One line a row, with its cells in columns. */
export function alignedLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [column, { length }] of row.entries()) {
      widths[column] = Math.max(widths[column] ?? 0, length);
    }
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

/** What a key holds. */
export const entryText = (entry: Entry | undefined): string =>
  entry === undefined ? "absent" : `${entry.value} ${offsetText(entry.offset)}`;

/** A place in the log; undefined: before its first record. */
export const offsetText = (offset: LogOffset | undefined): string =>
  offset === undefined ? "the beginning" : `@${offset}`;

function callText(operation: Operation): string {
  if (operation.kind === "get") return "get";
  const { ifOffset } = operation;
  const call = operation.kind === "put" ? `put ${operation.value}` : "delete";
  if (ifOffset === undefined) return call;
  return ifOffset === null ? `${call} if absent` : `${call} if ${offsetText(ifOffset)}`;
}

function outcomeText(operation: Operation): string {
  if (operation.outcome.type !== "ok") return operation.outcome.type;
  if (operation.kind === "get") return entryText(operation.outcome.entry);
  return offsetText(operation.outcome.offset);
}
