import type { CheckpointReport, DatabaseReport, VerifyReport } from "@boxerdb/engine";

import type { LiveVerification } from "./client/maintenance-answers.ts";
import { damageLine, type DamagedPlace } from "./inspection-text.ts";
import { shownKey } from "./shown-text.ts";
import { columnWidths, formatRows, formatTitles, type Column } from "./table.ts";
import { formatBytes, formatCount, formatCountOf } from "./units.ts";

/** Makes a line stand out. */
export type Style = (title: string) => string;

/** What every report tells of a database. */
type Verified = Pick<DatabaseReport, "name" | "files" | "records" | "bytes"> & {
  readonly endOffset: number;
  readonly damage: readonly DamagedPlace[];
};

/** A column that only some reports have, with its cells. */
interface ExtraColumn<Database> {
  readonly title: string;
  readonly cell: (database: Database) => string;
}

/** Says for people what was found in a directory. */
export const directoryReport = ({ ok, databases }: VerifyReport, style: Style): string[] => [
  ...tableOf(
    databases,
    { title: "checkpoints", cell: ({ checkpoints }) => usableOf(checkpoints) },
    style,
  ),
  ...databases.flatMap(({ checkpoints }) => checkpoints.flatMap(checkpointLines)),
  ok
    ? "no damage was found"
    : `damage was found in ${formatCountOf(damagedPlaces(databases), "place")}: nothing was ` +
      "changed. Restore from a backup or from a replica;\n`boxerdb repair <directory> --dry-run` " +
      "tells what a repair would lose",
];

/** Says for people what was found in a running server. */
export const serverReport = ({ ok, databases }: LiveVerification, style: Style): string[] => [
  ...tableOf(
    databases,
    { title: "keys in index", cell: ({ index }) => formatCount(index.keys) },
    style,
  ),
  ...databases.flatMap(indexLines),
  ok
    ? "no damage was found, and the index is right"
    : "this node is not as it should be: nothing was changed. Stop it and start it again where only " +
      "the index is wrong;\nwhere bytes are damaged, restore from a backup or from a replica",
];

const tableOf = <Database extends Verified>(
  databases: readonly Database[],
  extra: ExtraColumn<Database>,
  style: Style,
): string[] => {
  const columns: readonly Column[] = [
    { title: "database" },
    { title: "files", align: "right" },
    { title: "records", align: "right" },
    { title: "size", align: "right" },
    { title: "end offset", align: "right" },
    { title: extra.title, align: "right" },
    { title: "damage", align: "right" },
  ];
  const rows = databases.map((database) => [
    database.name,
    formatCount(database.files),
    formatCount(database.records),
    formatBytes(database.bytes),
    String(database.endOffset),
    extra.cell(database),
    formatCount(damagedPlaces([database])),
  ]);
  const widths = columnWidths(columns, rows);
  return [
    style(formatTitles(columns, widths)),
    ...formatRows(columns, rows, widths),
    ...databases.flatMap(({ damage }) => damage.map(damageLine)),
  ];
};

const damagedPlaces = (databases: readonly Verified[]): number =>
  databases.flatMap(({ damage }) => damage).filter(({ isTornTail }) => !isTornTail).length;

/** "1", or "1 of 2 usable". */
const usableOf = (checkpoints: readonly CheckpointReport[]): string => {
  const usable = checkpoints.filter(({ damage }) => damage === undefined).length;
  return usable === checkpoints.length
    ? formatCount(usable)
    : `${usable} of ${checkpoints.length} usable`;
};

const checkpointLines = ({ path, damage }: CheckpointReport): string[] =>
  damage === undefined
    ? []
    : [`! ${path}: this checkpoint cannot be used (${damage}); the next start takes longer for it`];

const indexLines = ({
  name,
  index,
  wrongCounts,
}: LiveVerification["databases"][number]): string[] => [
  ...index.problems.map(
    ({ collection, key, reason }) =>
      `! database ${name}, ${shownKey(key)} in ${collection}: ${reason}`,
  ),
  ...(index.problemCount > index.problems.length
    ? [`! database ${name}: ${formatCountOf(index.problemCount, "key")} in all`]
    : []),
  ...wrongCounts.map(({ path }) => `! ${path}: its bytes are counted wrong`),
];
