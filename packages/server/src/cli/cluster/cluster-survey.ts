import type { NodeStatus } from "../client/answers.ts";

import { askFailure, type AskFailure } from "./ask-failure.ts";

/** A node that was asked, or should have been. */
export interface AskedNode {
  /** As its peers know it; undefined where nobody has told. */
  readonly name: string | undefined;
  readonly url: string;
  /** What it told of itself; undefined where it could not be asked. */
  readonly status: NodeStatus | undefined;
  /** Why it could not be asked; undefined where it was. */
  readonly failure: AskFailure | undefined;
  /** Whether a peer that was asked hears of it. */
  readonly isHeardOf: boolean;
}

type NamedNode = Pick<AskedNode, "name" | "url" | "isHeardOf">;

/** What the nodes of a cluster tell, as far as they can be found from one of them. */
export interface ClusterSurvey {
  /** The node that was asked first: the leader itself, or a follower. */
  readonly first: AskedNode & { readonly status: NodeStatus };
  /** The leader that a follower names; undefined where the first one leads, or names none. */
  readonly leader: AskedNode | undefined;
  /** The others that leaders name, and the other leaders of databases. */
  readonly followers: readonly AskedNode[];
}

/** Asks a node at a URL for its status. Rejects where it cannot be asked. */
export type AskStatus = (url: string) => Promise<NodeStatus>;

/** So often nodes that were named are asked for more: whoever answers could go on naming others for ever. */
const roundsAtMost = 3;

/** Asks a node for the others, and then all of them at once. Rejects where the first cannot be asked. */
export async function surveyCluster(url: string, ask: AskStatus): Promise<ClusterSurvey> {
  const status = await ask(url);
  const first = { name: status.node, url, status, failure: undefined, isHeardOf: true };
  const leader = status.role === "leader" ? undefined : await leaderOf(status, ask);
  const followers: AskedNode[] = [];
  let newest: readonly AskedNode[] = leader === undefined ? [first] : [first, leader];
  for (let round = 1; round <= roundsAtMost && newest.length > 0; round += 1) {
    const known = [first, ...(leader === undefined ? [] : [leader]), ...followers];
    newest = await Promise.all(namedBy(newest, known).map((node) => asked(node, ask)));
    followers.push(...newest);
  }
  return { first, leader, followers };
}

/** The nodes that others name, and that were not asked yet. */
function namedBy(nodes: readonly AskedNode[], known: readonly AskedNode[]): readonly NamedNode[] {
  const statuses = nodes.flatMap(({ status }) => status ?? []);
  const stores = new Set(known.flatMap(({ status }) => status?.store ?? []));
  const urls = new Set(known.slice(1).map(({ url }) => url));
  const named: NamedNode[] = [];
  for (const { storeId, nodeId, url, connected } of statuses.flatMap(followersOf)) {
    if (stores.has(storeId) || urls.has(url)) continue;
    stores.add(storeId);
    named.push({ name: nodeId, url, isHeardOf: connected });
  }
  for (const { leader, connected } of statuses.flatMap(({ databases }) => databases)) {
    if (leader === undefined || leader === null || urls.has(leader.url)) continue;
    if ([...known, ...named].some(({ name }) => name === leader.nodeId)) continue;
    named.push({ name: leader.nodeId, url: leader.url, isHeardOf: connected === true });
  }
  return named;
}

const followersOf = ({ followers }: NodeStatus): readonly KnownFollower[] =>
  withoutPredecessors(followers ?? []);

async function leaderOf(
  { leaderUrl, connected }: NodeStatus,
  ask: AskStatus,
): Promise<AskedNode | undefined> {
  if (leaderUrl === undefined || leaderUrl === null) return undefined;
  return asked({ name: undefined, url: leaderUrl, isHeardOf: connected === true }, ask);
}

async function asked(node: NamedNode, ask: AskStatus): Promise<AskedNode> {
  try {
    const status = await ask(node.url);
    return { ...node, name: status.node, status, failure: undefined };
  } catch (error) {
    return { ...node, status: undefined, failure: askFailure(error) };
  }
}

type KnownFollower = NonNullable<NodeStatus["followers"]>[number];

/** Without those that are gone and whose name or place another one has by now. */
const withoutPredecessors = (followers: readonly KnownFollower[]): readonly KnownFollower[] =>
  followers.filter(
    (follower) =>
      follower.connected ||
      !followers.some(
        (other) =>
          other !== follower &&
          other.sinceContactMs < follower.sinceContactMs &&
          (other.nodeId === follower.nodeId || other.url === follower.url),
      ),
  );
