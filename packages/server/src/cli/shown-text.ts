/** Keys and values as they are shown on one line of text. */

import type { JsonValue, Storable } from "@boxerdb/engine";

import { withoutControls } from "./display-width.ts";
import type { Output } from "./output.ts";
import { formatBytes } from "./units.ts";

/** A key: as it is, or as a JSON string where it holds what would break the line. */
export const shownKey = (key: string): string =>
  withoutControls(key) === key ? key : withoutControls(JSON.stringify(key));

/** A value: as JSON, or the size of bytes. */
export const shownValue = (value: Storable): string =>
  value instanceof Uint8Array
    ? shownBytes(value.byteLength)
    : withoutControls(JSON.stringify(value));

/** A value as an answer has it: as `value`, as `base64`, or left out. */
export const shownMembers = ({
  value,
  base64,
}: {
  readonly value?: JsonValue | undefined;
  readonly base64?: string | undefined;
}): string => {
  if (base64 !== undefined) return shownBytes(Buffer.byteLength(base64, "base64"));
  return value === undefined ? "" : shownValue(value);
};

/** What stands for bytes, which are not text. */
export const shownBytes = (bytes: number): string => `(${formatBytes(bytes)})`;

/** A JSON value by itself: over several lines for a person at a terminal, compact for a program. */
export const wholeValue = (value: JsonValue, output: Output): string => {
  if (!output.isTerminal) return JSON.stringify(value);
  const lines = JSON.stringify(value, undefined, 2).split("\n");
  return lines.map(withoutControls).join("\n");
};
