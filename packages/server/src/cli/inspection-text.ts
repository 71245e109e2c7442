import type { InspectedItem } from "@boxerdb/engine";

import { GrowingTable } from "./growing-table.ts";
import type { Output } from "./output.ts";
import { shownKey, shownValue } from "./shown-text.ts";
import { formatBytes } from "./units.ts";

/** How many records are laid out together. */
const pageRecords = 500;

type InspectedRecord = Extract<InspectedItem, { type: "record" }>;

/** Where bytes are not as written. */
export type DamagedPlace = Pick<
  Extract<InspectedItem, { type: "damage" }>,
  "path" | "position" | "bytes" | "reason" | "isTornTail"
>;

/** Lays out what stands in a log for people: records in columns, under a line for each file. */
export class InspectionText {
  readonly #table: GrowingTable;
  #page: InspectedRecord[] = [];

  constructor(output: Output) {
    this.#table = new GrowingTable(output, [
      { title: "offset", align: "right" },
      { title: "time" },
      { title: "epoch", align: "right" },
      { title: "kind" },
      { title: "bytes", align: "right" },
      { title: "collection" },
      { title: "key" },
      { title: "value" },
    ]);
  }

  /** What can be shown once this item is known: perhaps nothing yet. */
  add(item: InspectedItem): string {
    if (item.type === "segment") return `${this.end()}# database ${item.database}, ${item.path}\n`;
    if (item.type === "whole") return `${this.end()}${wholeLine(item)}\n`;
    if (item.type === "damage") return `${this.end()}${damageLine(item)}\n`;
    // Groups and prepared space are of interest to programs, and to people who read JSON.
    if (item.type === "group" || item.type === "unused") return "";
    this.#page.push(item);
    return this.#page.length < pageRecords ? "" : this.end();
  }

  /** What is left to show. */
  end(): string {
    const records = this.#page;
    this.#page = [];
    return records.length === 0 ? "" : this.#table.page(records.map(cellsOf));
  }
}

const cellsOf = (record: InspectedRecord): string[] => [
  String(record.offset),
  new Date(record.timestamp).toISOString(),
  String(record.epoch),
  record.kind,
  String(record.bytes),
  record.collection,
  shownKey(record.key),
  record.kind === "put" ? shownValue(record.value) : "",
];

const wholeLine = ({
  database,
  wholeFrom,
  purgeFloor,
}: Extract<InspectedItem, { readonly type: "whole" }>): string =>
  `# database ${database} is a copy, whole from offset ${wholeFrom} on: where it ends before, it shows values ` +
  "that are older than what its leader had, or none" +
  (purgeFloor > 0 ? `; deletions below offset ${purgeFloor} may be missing` : "");

/** Where bytes are not as written, and what that means. */
export const damageLine = ({ path, position, bytes, reason, isTornTail }: DamagedPlace): string =>
  isTornTail
    ? `! ${path}: an unfinished write of ${formatBytes(bytes)} at byte ${position} (${reason}); ` +
      "the next start cuts it off"
    : `! ${path}: damaged at byte ${position}, ${formatBytes(bytes)} from there to the end: ${reason}`;

/** An item as a line of JSON; bytes are told as `base64` in the place of `value`. */
export const inspectionLine = (item: InspectedItem): string => {
  if (item.type !== "record" || !(item.value instanceof Uint8Array)) {
    return `${JSON.stringify(item)}\n`;
  }
  const { value, ...rest } = item;
  return `${JSON.stringify({ ...rest, base64: Buffer.from(value).toString("base64") })}\n`;
};
