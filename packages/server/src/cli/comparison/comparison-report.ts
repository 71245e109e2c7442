import { shownKey } from "../shown-text.ts";
import { columnWidths, formatRows, formatTitles, type Column } from "../table.ts";
import {
  formatByteRate,
  formatCount,
  formatCountOf,
  formatDuration,
  formatRate,
} from "../units.ts";
import type { Style } from "../verify-report.ts";

import type { ComparedContent, Comparison, DatabaseComparison } from "./comparison.ts";
import type { Span } from "./content-side.ts";

const columns: readonly Column[] = [
  { title: "database" },
  { title: "offset", align: "right" },
  { title: "keys", align: "right" },
  { title: "hash" },
];

/** How many digits of a hash people are shown. */
const shownDigits = 16;

/** What was compared, and how long it took. */
export interface Compared {
  /** What people call the sides. */
  readonly left: string;
  readonly right: string;
  readonly comparison: Comparison;
  readonly elapsedMs: number;
}

/** Says for people what came of a comparison. */
export function comparisonReport(compared: Compared, style: Style): string[] {
  const { databases } = compared.comparison;
  const rows = databases.map(({ name, left, right, equal }) => [
    name,
    bothOf(left, right, ({ offset }) => offsetText(offset)),
    bothOf(left, right, ({ keys }) => formatCount(keys)),
    equal && left?.hash === right?.hash
      ? (left?.hash.slice(0, shownDigits) ?? "")
      : outcomeOf(equal),
  ]);
  const widths = columnWidths(columns, rows);
  return [
    style(formatTitles(columns, widths)),
    ...formatRows(columns, rows, widths),
    ...databases.flatMap((database) => differenceLines(database, compared)),
    judgement(compared),
  ];
}

const outcomeOf = (equal: boolean): string => (equal ? "same but for what is newer" : "differs");

const offsetText = (offset: number): string => (offset < 0 ? "none" : String(offset));

/** "41", or "41 | 40" where the sides are not the same. */
function bothOf(
  left: ComparedContent | null,
  right: ComparedContent | null,
  cell: (content: ComparedContent) => string,
): string {
  const [a, b] = [left, right].map((content) => (content === null ? "absent" : cell(content)));
  return a === b ? (a ?? "") : `${a} | ${b}`;
}

function differenceLines(database: DatabaseComparison, { left, right }: Compared): string[] {
  const { name, differences, more, gone, newer } = database;
  if (database.left === null) return [`! database ${name} is not on ${left}, only on ${right}`];
  if (database.right === null) return [`! database ${name} is not on ${right}, only on ${left}`];
  return [
    ...differences.map(
      ({ collection, key, leftOffset, rightOffset }) =>
        `! ${name}, ${shownKey(key)} in ${collection}: ` +
        (leftOffset === rightOffset
          ? `at offset ${leftOffset} on both, with other contents`
          : `${placeOf(leftOffset)} on ${left}, ${placeOf(rightOffset)} on ${right}`),
    ),
    ...(more ? [`! ${name}: more keys differ than are told here`] : []),
    ...gone.map(
      (span) =>
        `! ${name}, ${spanText(span)}: differed at offset ${database.left?.offset}, and was written since`,
    ),
    ...(newer === 0
      ? []
      : [
          `${name}: ${formatCountOf(newer, "key")} were written or deleted behind the offset of the ` +
            "directory, and not compared",
        ]),
  ];
}

const placeOf = (offset: number | null): string =>
  offset === null ? "absent" : `at offset ${offset}`;

function spanText({ collection, gt, through }: Span): string {
  const from = gt === undefined ? "the first key" : `behind ${shownKey(gt)}`;
  const to = through === null ? "the last" : shownKey(through);
  return `${from} to ${to} in ${collection}`;
}

function judgement({ left, right, comparison, elapsedMs }: Compared): string {
  const { ok, databases, keys, bytes } = comparison;
  const told = `${formatCountOf(keys, "key")} in ${formatDuration(elapsedMs)}, ${formatRate(keys, elapsedMs)}, ${formatByteRate(bytes, elapsedMs)}`;
  if (ok) return `${left} and ${right} hold the same (${told})`;
  const differing = databases.filter(({ equal }) => !equal).length;
  return `${left} and ${right} differ in ${differing} of ${formatCountOf(databases.length, "database")} (${told})`;
}
