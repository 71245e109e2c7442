import type { NodeStatus } from "../client/answers.ts";
import { columnGap, columnWidths, formatRows, formatTitles, type Column } from "../table.ts";
import { formatBytes, formatCount, formatCountOf, formatDuration } from "../units.ts";

import type { ClusterView, NodeState, NodeView } from "./cluster-view.ts";

/** What stands out on a terminal; a program that reads the report gets it as it is. */
export type Emphasis = "title" | "good" | "doubtful" | "bad";

/** Shows text with an emphasis. */
export type Emphasise = (emphasis: Emphasis, text: string) => string;

/**
 * Draws a cluster for a person, and the databases as the node has them that was asked first. Of columns that
 * do not fit in `width`, those that matter least are left out.
 */
export function clusterReport(
  { nodes, problems, hints }: ClusterView,
  first: NodeStatus,
  emphasise: Emphasise,
  width = Infinity,
): string[] {
  const verdict =
    problems.length === 0
      ? [emphasise("good", healthOf(nodes, first, hints.length === 0))]
      : problems.map((problem) => emphasise("bad", problem));
  return [
    ...verdict,
    "",
    ...nodeTable(nodes, emphasise, width),
    ...hints,
    "",
    ...databaseTable(first, emphasise, width),
  ];
}

function healthOf(
  nodes: readonly NodeView[],
  { role, writeQuorum }: NodeStatus,
  allTold: boolean,
): string {
  const followers = nodes.filter((node) => node.role === "follower").length;
  const leaders = nodes.length - followers;
  const quorum =
    role === "leader"
      ? `; a write is acknowledged by ${formatCountOf(writeQuorum ?? 1, "node")}`
      : "";
  const verdict = allTold ? "all is well" : "all is well, as far as is told";
  const leading = leaders === 1 ? "a leader" : formatCountOf(leaders, "leader");
  return `${verdict}: ${leading} and ${formatCountOf(followers, "follower")}${quorum}`;
}

const emphasisOf: Readonly<Record<NodeState, Emphasis | undefined>> = {
  ok: undefined,
  "heard of": undefined,
  lagging: "doubtful",
  "cut off": "doubtful",
  stopping: "doubtful",
  "not ready": "bad",
  halted: "bad",
  unreachable: "bad",
  unreadable: "bad",
};

const nodeColumns: readonly Column[] = [
  { title: "node" },
  { title: "role" },
  { title: "url" },
  { title: "state" },
  { title: "offset", align: "right" },
  { title: "lag", align: "right" },
  { title: "keys", align: "right" },
  { title: "size", align: "right" },
  { title: "version" },
];

/** What is left out where there is no room, the first of them first. */
const lessNeeded: readonly string[] = ["version", "size", "keys", "role", "end offset", "epoch"];

function nodeTable(nodes: readonly NodeView[], emphasise: Emphasise, width: number): string[] {
  const rows = nodes.map(({ name, role, url, state, offset, lag, keys, bytes, version }) => [
    shortName(name),
    role,
    url,
    state,
    shown(offset, formatCount),
    shown(lag, lagText),
    shown(keys, formatCount),
    shown(bytes, formatBytes),
    shown(version, String),
  ]);
  const [titles = "", ...lines] = table(nodeColumns, rows, emphasise, width);
  const coloured = lines.map((line, index) => {
    const node = nodes[index];
    const emphasis = node && emphasisOf[node.state];
    return emphasis === undefined ? line : emphasise(emphasis, line);
  });
  return [titles, ...coloured];
}

function databaseTable(status: NodeStatus, emphasise: Emphasise, width: number): string[] {
  const { node, role, databases } = status;
  if (databases.length === 0) return ["no databases yet: the first write makes one"];
  // Where one role holds for all of them, the table of nodes has it.
  const roles = new Set(databases.map((database) => database.role ?? role));
  const own = roles.size > 1 ? ownColumns : role === "leader" ? [inSyncColumn] : [contactColumn];
  const leader = roles.size > 1 ? [{ title: "leader" }] : [];
  const columns: readonly Column[] = [
    { title: `database on ${shortName(node)}` },
    ...leader,
    { title: "keys", align: "right" },
    { title: "size", align: "right" },
    { title: "epoch", align: "right" },
    { title: "end offset", align: "right" },
    { title: "committed", align: "right" },
    ...own,
  ];
  const rows = databases.map((database) => [
    database.name,
    ...leader.map(() => leaderText(database, node)),
    formatCount(database.keys),
    formatBytes(database.bytes),
    String(database.epoch),
    formatCount(database.offsets.end),
    formatCount(database.offsets.highWatermark),
    ...own.map(({ text }) => text(database)),
  ]);
  return table(columns, rows, emphasise, width);
}

type ToldDatabase = NodeStatus["databases"][number];

/** A column with what of a database it shows. */
type DatabaseColumn = Column & { readonly text: (database: ToldDatabase) => string };

const inSyncColumn: DatabaseColumn = {
  title: "in sync",
  align: "right",
  text: ({ inSync }) => shown(inSync ?? undefined, (count) => formatCountOf(count, "node")),
};

const contactColumn: DatabaseColumn = {
  title: "last contact",
  align: "right",
  text: ({ lag }) => shown(lag?.sinceContactMs ?? undefined, (ms) => `${formatDuration(ms)} ago`),
};

const lagColumn: DatabaseColumn = {
  title: "lag",
  align: "right",
  text: ({ lag }) =>
    shown(lag ?? undefined, ({ records, ms }) => lagText({ records, ms: ms ?? undefined })),
};

const ownColumns: readonly DatabaseColumn[] = [inSyncColumn, lagColumn];

/** Who leads a database, as a node tells it. */
const leaderText = ({ role, leader }: ToldDatabase, node: string): string => {
  const leaderId = role === "leader" ? node : leader?.nodeId;
  return shown(leaderId ?? undefined, shortName);
};

/** The titles, then the rows. */
function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  emphasise: Emphasise,
  width: number,
): string[] {
  const widths = columnWidths(columns, rows);
  const shown = columns.map(() => true);
  const taken = (): number =>
    widths.reduce((sum, one, index) => (shown[index] === true ? sum + one + columnGap : sum), 0);
  for (const title of lessNeeded) {
    if (taken() - columnGap <= width) break;
    const index = columns.findIndex((column) => column.title === title);
    if (index !== -1) shown[index] = false;
  }
  const fitting = <Part>(parts: readonly Part[]): Part[] =>
    parts.filter((_, index) => shown[index] === true);
  const kept = fitting(columns);
  const lines = formatRows(kept, rows.map(fitting), fitting(widths));
  return [emphasise("title", formatTitles(kept, fitting(widths))), ...lines];
}

/** A node that was given no name has a UUID: its beginning tells it from others. */
const shortName = (name: string): string =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(name)
    ? name.slice(0, 8)
    : name;

const lagText = ({ records, ms }: NonNullable<NodeView["lag"]>): string => {
  if (records === 0 && (ms ?? 0) === 0) return "none";
  const time = ms === undefined ? "" : `, ${formatDuration(ms)}`;
  return `${formatCountOf(records, "record")}${time}`;
};

const shown = <Value>(value: Value | undefined, text: (value: Value) => string): string =>
  value === undefined ? "–" : text(value);
