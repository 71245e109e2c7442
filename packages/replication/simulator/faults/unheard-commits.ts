import type { Randomness } from "../randomness.ts";

import type { Fault, PlannedFault } from "./fault.ts";
import { oneWay } from "./partitions.ts";

export interface UnheardCommitOptions {
  /** Three of them. */
  readonly nodes: readonly string[];
  readonly fromMs: number;
  readonly untilMs: number;
}

/** An attempt and the time to recover from it. */
const attemptMs = 6_000;

/**
 * Has a leader commit what no follower hears of, and die, as in the first scenario of KIP-101: one
 * follower has that and no more, the other has more, and follows the first. Which nodes these are is drawn:
 * one attempt in three has the right one for the leader, and then it is the one or the other that is elected.
 */
export function drawUnheardCommits(
  randomness: Randomness,
  { nodes, fromMs, untilMs }: UnheardCommitOptions,
): readonly PlannedFault[] {
  const plan: PlannedFault[] = [];
  for (let startMs = fromMs; startMs + attemptMs <= untilMs; startMs += attemptMs) {
    const [leader = "", successor = "", follower = ""] = randomness.shuffle(nodes);
    const add = (fault: Fault, beginMs: number, endMs: number): void => {
      plan.push({ atMs: startMs + beginMs, lastsMs: endMs - beginMs, fault });
    };
    // The successor gets one more answer. Until it comes through with what it has, nothing is committed.
    add(oneWay(successor, leader), 0, 300);
    // Then something is, of which nobody is told, and the leader dies.
    add(oneWay(leader, successor), 100, 3_000);
    add(oneWay(leader, follower), 100, 3_000);
    add({ kind: "crash", node: leader, death: "power lost" }, 900, 3_000);
  }
  return plan;
}
