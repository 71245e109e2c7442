import type { NodeStatus } from "../client/answers.ts";
import { formatCount, formatDuration } from "../units.ts";

import type { AskFailure } from "./ask-failure.ts";
import type { AskedNode, ClusterSurvey } from "./cluster-survey.ts";

/**
 * - `ok`: it does all that a node of its role does.
 * - `heard of`: it could not be asked from here, but its peers hear of it.
 * - `lagging`: writes do not wait for it, as it does not keep up.
 * - `cut off`: the leader does not answer this follower, which shows what it had; or a node answers
 *   here, to say that it wants a token, and its peers do not hear of it.
 * - `not ready`: it does not do its work, or not all of it; the reason says what.
 * - `halted`: it follows no longer, until somebody sees to it.
 * - `stopping`: it was told to stop.
 * - `unreachable`: nobody hears of it.
 * - `unreadable`: what answers at its URL does not answer as a node would, or shows a bad certificate.
 */
export type NodeState =
  | "ok"
  | "heard of"
  | "lagging"
  | "cut off"
  | "not ready"
  | "halted"
  | "stopping"
  | "unreachable"
  | "unreadable";

/** How far a node is behind the leader, all databases together. */
export interface NodeLag {
  readonly records: number;
  /** Milliseconds since it had all; undefined where nobody knows. */
  readonly ms: number | undefined;
}

/** A node as a line of a table has it. Sums are those over all databases; undefined where unknown. */
export interface NodeView {
  readonly name: string;
  readonly role: string;
  readonly url: string;
  readonly state: NodeState;
  /** Why it is in this state, where there is more to say. */
  readonly reason: string | undefined;
  /** How many records are visible; of a node that was not asked, as far as its leader knows. */
  readonly offset: number | undefined;
  /** Of a follower. */
  readonly lag: NodeLag | undefined;
  readonly keys: number | undefined;
  readonly bytes: number | undefined;
  readonly version: string | undefined;
}

/** A cluster at a glance. */
export interface ClusterView {
  /** The leader first. */
  readonly nodes: readonly NodeView[];
  /** What somebody should see to; empty in a cluster that is well. */
  readonly problems: readonly string[];
  /** How to see more than is seen. */
  readonly hints: readonly string[];
}

/** Makes of what the nodes told what a person wants to know. */
export function viewCluster({ first, leader, followers }: ClusterSurvey): ClusterView {
  const leading = first.status.role === "leader" ? first : leader;
  const others = first === leading ? followers : [first, ...followers];
  const statuses = [first, leader, ...followers].flatMap((node) => node?.status ?? []);
  const nodes = [
    ...(leading === undefined ? [] : [viewNode(leading, "leader", statuses)]),
    ...others.map((node) => viewNode(node, "follower", statuses)),
  ];
  const noLeader = "the node has not heard of a leader yet, so that other nodes are not known";
  const problems = [...nodes.flatMap(problemOf), ...leaderless(statuses)];
  return {
    nodes,
    problems: leading === undefined ? [noLeader, ...problems] : problems,
    hints: [leading, ...others].flatMap((node) => hintOf(node?.failure)),
  };
}

/** Databases that none of the nodes leads. One that is not ready may not have heard of a leader yet. */
function leaderless(statuses: readonly NodeStatus[]): readonly string[] {
  const databases = statuses.flatMap((status) => (status.ready === false ? [] : status.databases));
  const names = new Set(databases.filter(({ role }) => role === "none").map(({ name }) => name));
  return [...names]
    .filter((name) => !databases.some((one) => one.name === name && one.role === "leader"))
    .map((name) => `no node leads database ${name}`);
}

function viewNode(node: AskedNode, role: string, statuses: readonly NodeStatus[]): NodeView {
  const { name, url, status } = node;
  const copies = copiesOf(name, statuses);
  const { state, reason } = stateOf(node, copies);
  const databases = status?.databases;
  return {
    name: name ?? "unknown",
    role: status === undefined ? role : roleOf(status),
    url,
    state,
    reason,
    offset: sumOf(databases, ({ offsets }) => offsets.applied) ?? visibleIn(copies),
    lag: lagOf(copies, status),
    keys: sumOf(databases, ({ keys }) => keys),
    bytes: sumOf(databases, ({ bytes }) => bytes),
    version: status?.versions.boxerdb,
  };
}

/** Of a node that leads some of its databases and follows others, how many. */
function roleOf({ role, databases }: NodeStatus): string {
  const led = databases.filter((database) => database.role === "leader").length;
  const isMixed = role === "leader" && databases.some((database) => database.role === "follower");
  return isMixed ? `leads ${led} of ${databases.length}` : role;
}

interface Judgement {
  readonly state: NodeState;
  readonly reason: string | undefined;
}

function stateOf(node: AskedNode, copies: readonly Copy[]): Judgement {
  const { status, failure, isHeardOf } = node;
  const behind = copies.find(({ membership }) => membership !== "in-sync");
  const lagging = behind && laggingReason(behind, status);
  if (status === undefined) {
    if (failure?.kind === "unreadable") return { state: "unreadable", reason: failure.message };
    if (!isHeardOf) return missed(failure);
    return lagging === undefined
      ? { state: "heard of", reason: failure?.message }
      : { state: "lagging", reason: lagging };
  }
  if (status.closing) return { state: "stopping", reason: undefined };
  const halted = status.halted ?? status.databases.find((one) => one.halted)?.halted;
  if (halted !== undefined && halted !== null) return { state: "halted", reason: halted };
  const poisoned = status.databases.find((database) => database.poisoned);
  if (poisoned !== undefined) {
    const reason = `database ${poisoned.name} takes no writes: ${poisoned.poisoned?.message ?? ""}`;
    return { state: "not ready", reason };
  }
  if (status.ready === false) return { state: "not ready", reason: status.reason ?? undefined };
  if (status.connected === false) {
    return { state: "cut off", reason: "the leader does not answer it" };
  }
  if (lagging !== undefined) return { state: "lagging", reason: lagging };
  return { state: "ok", reason: undefined };
}

/** Why a copy does not count, as its leader has it; and when it will, as the follower has it. */
function laggingReason(
  { database, membership, reason }: Copy,
  status: NodeStatus | undefined,
): string {
  const own = status?.databases.find(({ name }) => name === database);
  const why = reason ?? undefined;
  return [
    `database ${database} is ${membership}${why === undefined ? "" : `, as ${why}`}`,
    ...resyncText(own?.resync ?? undefined),
    ...catchUpText(own?.lag ?? undefined),
  ].join("; ");
}

type ToldDatabase = NodeStatus["databases"][number];

const resyncText = (resync: ToldDatabase["resync"]): readonly string[] =>
  resync === undefined || resync === null
    ? []
    : [`it copies all anew, ${formatCount(resync.offset)} of ${formatCount(resync.goal)} offsets`];

const catchUpText = (lag: ToldDatabase["lag"]): readonly string[] => {
  const { recordsPerSecond, remainingMs } = lag ?? {};
  if (typeof recordsPerSecond !== "number") return [];
  const left =
    typeof remainingMs === "number"
      ? `, ${formatDuration(remainingMs)} left`
      : ", and it gets no nearer";
  return [`${formatCount(recordsPerSecond)} records come in a second${left}`];
};

/** Of a node that could not be asked, and that its peers do not hear of. */
const missed = (failure: AskFailure | undefined): Judgement =>
  failure?.kind === "refused"
    ? {
        state: "cut off",
        reason: `it answers, but its peers do not hear of it. ${failure.message}`,
      }
    : { state: "unreachable", reason: failure?.message };

/** What a leader knows of a follower's copy of one database. */
type Copy = NonNullable<NodeStatus["databases"][number]["followers"]>[number] & {
  readonly database: string;
  /** How much of the database is committed, on the leader. */
  readonly highWatermark: number;
};

/**
 * Of several copies of one database under one name, as after an emptied disk, the one in use counts; of several
 * that say that they lead it, the one in the newest epoch.
 */
function copiesOf(name: string | undefined, statuses: readonly NodeStatus[]): readonly Copy[] {
  const led = new Map<string, ToldDatabase>();
  for (const database of statuses.flatMap(({ databases }) => databases)) {
    if (!database.followers) continue;
    const known = led.get(database.name);
    if (known === undefined || known.epoch < database.epoch) led.set(database.name, database);
  }
  return [...led].flatMap(([database, { followers, offsets }]) => {
    const copies = (followers ?? []).filter(({ nodeId }) => nodeId === name);
    const [latest] = copies.toSorted((a, b) => a.sincePullMs - b.sincePullMs);
    return latest === undefined
      ? []
      : { ...latest, database, highWatermark: offsets.highWatermark };
  });
}

/** As the leader sees it, or else the follower itself. */
function lagOf(copies: readonly Copy[], status: NodeStatus | undefined): NodeLag | undefined {
  const lags =
    copies.length > 0
      ? copies.map(({ lagRecords, lagMs }) => ({ records: lagRecords, ms: lagMs }))
      : (status?.databases ?? []).flatMap(({ lag }) => lag ?? []);
  if (lags.length === 0) return undefined;
  const times = lags.flatMap(({ ms }) => ms ?? []);
  return {
    records: lags.reduce((sum, { records }) => sum + records, 0),
    ms: times.length === 0 ? undefined : Math.max(...times),
  };
}

/** What the follower has of that which is committed: as many records are visible there, or soon will be. */
const visibleIn = (copies: readonly Copy[]): number | undefined =>
  copies.length === 0
    ? undefined
    : copies.reduce((sum, copy) => sum + Math.min(copy.syncedOffset, copy.highWatermark), 0);

const sumOf = (
  databases: NodeStatus["databases"] | undefined,
  value: (database: NodeStatus["databases"][number]) => number,
): number | undefined => databases?.reduce((sum, database) => sum + value(database), 0);

function problemOf({ name, url, state, reason }: NodeView): readonly string[] {
  if (state === "ok" || state === "heard of") return [];
  const which = name === "unknown" ? `the leader at ${url}` : `${name} at ${url}`;
  return [`${which} is ${state}${reason === undefined ? "" : `: ${reason}`}`];
}

const hintOf = (failure: AskFailure | undefined): readonly string[] =>
  failure?.kind === "refused" ? [failure.message] : [];
