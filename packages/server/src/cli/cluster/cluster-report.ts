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
  const quorum =
    role === "leader"
      ? `; a write is acknowledged by ${formatCountOf(writeQuorum ?? 1, "node")}`
      : "";
  const verdict = allTold ? "all is well" : "all is well, as far as is told";
  return `${verdict}: a leader and ${formatCountOf(followers, "follower")}${quorum}`;
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

function databaseTable(
  { node, role, databases }: NodeStatus,
  emphasise: Emphasise,
  width: number,
): string[] {
  if (databases.length === 0) return ["no databases yet: the first write makes one"];
  const columns: readonly Column[] = [
    { title: `database on ${shortName(node)}` },
    { title: "keys", align: "right" },
    { title: "size", align: "right" },
    { title: "epoch", align: "right" },
    { title: "end offset", align: "right" },
    { title: "committed", align: "right" },
    { title: role === "leader" ? "in sync" : "last contact", align: "right" },
  ];
  const rows = databases.map(({ name, keys, bytes, epoch, offsets, inSync, lag }) => [
    name,
    formatCount(keys),
    formatBytes(bytes),
    String(epoch),
    formatCount(offsets.end),
    formatCount(offsets.highWatermark),
    role === "leader"
      ? shown(inSync ?? undefined, (count) => formatCountOf(count, "node"))
      : shown(lag?.sinceContactMs ?? undefined, (ms) => `${formatDuration(ms)} ago`),
  ]);
  return table(columns, rows, emphasise, width);
}

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
