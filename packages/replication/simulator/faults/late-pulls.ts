import type { Randomness } from "../randomness.ts";

import type { Fault, PlannedFault } from "./fault.ts";
import { apart, oneWay } from "./partitions.ts";

export interface LatePullOptions {
  /** Three of them. */
  readonly nodes: readonly string[];
  /** The name of the configuration manager's machine. */
  readonly manager: string;
  /** How long a node counts as there after it has last said so. */
  readonly leaseMs: number;
  readonly fromMs: number;
  readonly untilMs: number;
}

/** An attempt and the time to recover from it. */
const attemptMs = 7_000;

/** When TCP sends for the fifth time what did not come through, after the first. See network/lane.ts. */
const fifthSendingMs = 3_000;

/**
 * Has a pull come late, as chance hardly ever would: a follower says in one reign how far it is; before
 * that arrives it cuts its log for another leader; and it arrives when the first one leads again, whose
 * log was not cut. Which nodes these are is drawn: one attempt in three has the right one for the leader, and
 * then it is the successor or the follower that is elected.
 */
export function drawLatePulls(
  randomness: Randomness,
  { nodes, manager, leaseMs, fromMs, untilMs }: LatePullOptions,
): readonly PlannedFault[] {
  const plan: PlannedFault[] = [];
  for (let startMs = fromMs; startMs + attemptMs <= untilMs; startMs += attemptMs) {
    const [leader = "", follower = "", successor = ""] = randomness.shuffle(nodes);
    const add = (fault: Fault, beginMs: number, endMs: number): void => {
      plan.push({ atMs: startMs + beginMs, lastsMs: endMs - beginMs, fault });
    };
    const electedMs = leaseMs + randomness.real(20, 100);
    // The follower gets what the successor does not get, and what it says about that is held up.
    add(apart(leader, successor), 0, 3_500);
    add(oneWay(follower, leader), 60, fifthSendingMs - 300);
    // The leader's lease ends. It stays in sync, as the successor cannot ask for anything once it is elected:
    // what takes its time is the more often cut off between the two.
    add({ kind: "slow manager", factor: 10 }, 60, electedMs + 100);
    add(apart(leader, manager), 60, electedMs);
    add(apart(successor, manager), electedMs, 3_500);
    // The follower has heard of the successor and cut its log; of the leader's next reign it does not hear.
    add(oneWay(manager, follower), electedMs + 150, 3_500);
  }
  return plan.toSorted((a, b) => a.atMs - b.atMs);
}
