import type { NodeStatus } from "./client/answers.ts";
import { columnWidths, formatRows, formatTitles, type Column } from "./table.ts";
import { formatBytes, formatCount, formatCountOf, formatDuration } from "./units.ts";

/** How titles stand out; a program that reads the report gets them as they are. */
export type TitleStyle = (title: string) => string;

/** Draws what a node tells of itself, as lines for a person. */
export const statusReport = (status: NodeStatus, title: TitleStyle): string[] => {
  const tables = [databaseTable(status, title), followerTable(status, title)];
  const notes = noteLines(status);
  return [nodeLines(status), ...tables, notes]
    .filter((part) => part.length > 0)
    .flatMap((part, index) => (index === 0 ? part : ["", ...part]));
};

const nodeLines = (status: NodeStatus): string[] => {
  const { versions, pid, uptimeSeconds } = status;
  const running = `process ${pid}, up ${formatDuration(uptimeSeconds * 1000)}`;
  return formatRows(
    [{ title: "" }, { title: "" }],
    [
      ["node", status.node],
      ["role", roleOf(status)],
      ["runs", `BoxerDB ${versions.boxerdb} on Node.js ${versions.node}, ${running}`],
    ],
  );
};

const roleOf = ({ role, leaderUrl, writeQuorum, connected }: NodeStatus): string => {
  if (role === "leader") {
    return `leader; a write is acknowledged by ${formatCountOf(writeQuorum ?? 1, "node")}`;
  }
  const leader = leaderUrl === undefined || leaderUrl === null ? "" : ` of ${leaderUrl}`;
  return `${role}${leader}${connected === false ? ", not connected" : ""}`;
};

const databaseTable = ({ role, databases }: NodeStatus, title: TitleStyle): string[] => {
  if (databases.length === 0) return ["no databases yet: the first write makes one"];
  const isFollower = role === "follower";
  const columns: Column[] = [
    { title: "database" },
    { title: "keys", align: "right" },
    { title: "size", align: "right" },
    { title: "epoch", align: "right" },
    { title: "end offset", align: "right" },
    { title: "committed", align: "right" },
    { title: "applied", align: "right" },
    ...(isFollower
      ? ([
          { title: "lag", align: "right" },
          { title: "last contact", align: "right" },
        ] as const)
      : []),
  ];
  const rows = databases.map(({ name, keys, bytes, epoch, offsets, lag }) => [
    name,
    formatCount(keys),
    formatBytes(bytes),
    String(epoch),
    String(offsets.end),
    String(offsets.highWatermark),
    String(offsets.applied),
    ...(isFollower ? [lagOf(lag?.records), ago(lag?.sinceContactMs)] : []),
  ]);
  return titled(columns, rows, title);
};

const followerTable = ({ databases }: NodeStatus, title: TitleStyle): string[] => {
  const columns: Column[] = [
    { title: "follower" },
    { title: "database" },
    { title: "state" },
    { title: "synced offset", align: "right" },
    { title: "lag", align: "right" },
    { title: "last pull", align: "right" },
  ];
  const rows = databases.flatMap(({ name, followers }) =>
    (followers ?? []).map((follower) => [
      follower.nodeId,
      name,
      follower.membership,
      String(follower.syncedOffset),
      formatCountOf(follower.lagRecords, "record"),
      ago(follower.sincePullMs),
    ]),
  );
  return rows.length === 0 ? [] : titled(columns, rows, title);
};

/** What needs attention. */
const noteLines = ({ closing, halted, databases }: NodeStatus): string[] => [
  ...(closing ? ["the node is shutting down"] : []),
  ...because("the leader is no longer followed", halted),
  ...databases.flatMap(({ name, poisoned, halted: databaseHalted }) => [
    ...because(`database ${name} takes no writes`, poisoned?.message),
    ...because(`database ${name} is no longer followed`, databaseHalted),
  ]),
];

/** A line that says what is so and why, where there is a reason. */
const because = (what: string, reason: string | null | undefined): string[] =>
  reason === undefined || reason === null ? [] : [`${what}: ${reason}`];

const titled = (
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  title: TitleStyle,
): string[] => {
  const widths = columnWidths(columns, rows);
  return [title(formatTitles(columns, widths)), ...formatRows(columns, rows, widths)];
};

const lagOf = (records: number | undefined): string =>
  records === undefined ? "unknown" : formatCountOf(records, "record");

const ago = (durationMs: number | null | undefined): string =>
  durationMs === undefined || durationMs === null ? "never" : `${formatDuration(durationMs)} ago`;
