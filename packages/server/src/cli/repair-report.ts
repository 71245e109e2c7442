import type { DatabaseRepair, FileRepair, RepairPlan } from "@boxerdb/engine";

import { shownKey } from "./shown-text.ts";
import { formatBytes, formatCount, formatCountOf } from "./units.ts";

/** How much of a long list people are shown; `--json` has all of it. */
const shownItems = 20;

/** Says for people what a repair would do, and exactly what would be lost by it. */
export const repairReport = (
  { directory, isNeeded, manifests, databases }: RepairPlan,
  style: (title: string) => string,
): string[] => {
  if (!isNeeded) return [`no damage was found in ${directory}: there is nothing to repair`];
  return [
    ...manifests.map((path) => `${path}: made anew, as the other files tell what it said`),
    ...databases.flatMap((database) => databaseLines(database, style)),
    ...judgement(databases),
  ];
};

const databaseLines = (
  { name, files, lost, dropped, affectedKeys, endOffset }: DatabaseRepair,
  style: (title: string) => string,
): string[] => [
  style(`database ${name}`),
  ...files.flatMap(fileLines),
  ...shown(
    lost.map(({ from, to }) =>
      to === from + 1 ? `  lost: offset ${from}` : `  lost: offsets ${from} to ${to - 1}`,
    ),
  ),
  ...shown(
    dropped.map(
      ({ offset, kind, collection, key }) =>
        `  left out, as others of its batch are lost: offset ${offset}, ${kind} of ` +
        `${shownKey(key)} in ${collection}`,
    ),
  ),
  ...shown(
    affectedKeys.map(
      ({ collection, key, offset, isCertain, valueOffset }) =>
        `  ${shownKey(key)} in ${collection} ${isCertain ? "loses" : "may lose"} the write of ` +
        `offset ${offset}: ${
          valueOffset === null ? "no value is left" : `the value of offset ${valueOffset} is back`
        }`,
    ),
  ),
  `  the log goes on at offset ${endOffset}`,
];

const fileLines = ({ path, action, damage, records, salvaged, cutBytes }: FileRepair): string[] => {
  const kept = `${formatCountOf(records, "record")} kept`;
  const fromDamage = salvaged === 0 ? "" : `, ${formatCount(salvaged)} of them from damaged groups`;
  return [
    `  ${path}: ${action === "create" ? "is missing, and made anew" : `written anew, ${kept}${fromDamage}`}`,
    ...shown(
      damage.map(
        ({ position, bytes, reason }) =>
          `    damaged at byte ${position}, ${formatBytes(bytes)}: ${reason}`,
      ),
    ),
    ...(cutBytes === 0
      ? []
      : [`    ${formatBytes(cutBytes)} behind its last record go, as they do at every start`]),
  ];
};

const judgement = (databases: readonly DatabaseRepair[]): string[] => {
  const lost = databases.flatMap((database) => database.lost);
  const records = lost.reduce((sum, { from, to }) => sum + to - from, 0);
  const dropped = databases.reduce((sum, database) => sum + database.dropped.length, 0);
  if (records + dropped === 0) return ["No record is lost."];
  return [
    `${formatCountOf(records + dropped, "record")} would be lost, at most. What a lost record said ` +
      "cannot be known: any key may have",
    "had a newer value, or have been deleted, at these offsets. A backup or a replica may have them.",
  ];
};

const shown = (lines: readonly string[]): string[] =>
  lines.length <= shownItems
    ? [...lines]
    : [
        ...lines.slice(0, shownItems),
        `  … and ${formatCount(lines.length - shownItems)} more: --json tells all`,
      ];
