import {
  checkLinearizability,
  ClientLoad,
  History,
  type ClientAnswer,
  type LoadProfile,
  type Operation,
  type Randomness,
} from "@boxerdb/replication/test";
import { expect } from "vitest";

import { eventually } from "../eventually.ts";

import { disturb } from "./disturbance.ts";
import { HttpAccess } from "./http-access.ts";
import { expectSameContent } from "./node-content.ts";
import type { ProcessCluster } from "./process-cluster.ts";

const profile: LoadProfile = {
  clients: 6,
  databases: ["default"],
  keys: 12,
  pauseMs: 15,
  get: 1,
  put: 2,
  delete: 0.3,
  conditional: 0.3,
  repeatable: 0.5,
  consistencies: [
    ["linearizable", 1],
    ["leader", 1],
  ],
  longestValue: 2_000,
};

/** Before each round, so many writes more are acknowledged at least, and at most. */
const writesBetween = [1, 100] as const;

export interface StretchOptions {
  readonly cluster: ProcessCluster;
  readonly randomness: Randomness;
  /** Where its clients read and write, and nobody else. */
  readonly collection: string;
  readonly rounds: number;
  /** Told what is done to whom. */
  readonly note: (what: string) => void;
}

/** What clients were told in a stretch. */
export interface Stretch {
  readonly collection: string;
  readonly operations: readonly Operation[];
}

/**
 * Some rounds of disturbance under load. Then all is well again: clients read everything once more, which must
 * fit what they were told before, and the nodes must come to hold the same.
 */
export async function endure(options: StretchOptions): Promise<Stretch> {
  const { cluster, randomness, collection, rounds, note } = options;
  const access = new HttpAccess(cluster.nodes, collection);
  const history = new History();
  const load = new ClientLoad({
    time: { pause: elapsed },
    randomness: randomness.fork(`clients of ${collection}`),
    transcript: { note: () => {} },
    recorder: history,
    profile,
    accessFor: () => access,
  });
  load.start();
  try {
    for (let round = 0; round < rounds; round++) {
      const target = load.counts.written + randomness.integer(...writesBetween);
      await eventually(() => expect(load.counts.written).toBeGreaterThanOrEqual(target));
      await disturb({ cluster, randomness, note });
    }
  } finally {
    load.stop();
  }
  await eventually(() => expect(load.isActive).toBe(false));
  const { found, absent, written, conflict, refused, unknown } = load.counts;
  const done = found + absent + written + conflict;
  note(
    `${collection}: ${done} operations done, ${written} of them writes, ${refused} refused, ${unknown} unknown`,
  );
  await cluster.untilInSync();
  await expectSameContent(cluster.nodes);
  await readAll(history, access);
  const { operations } = history;
  const verdict = checkLinearizability(operations);
  expect(verdict.isLinearizable ? "" : verdict.lines.join("\n")).toBe("");
  return { collection, operations };
}

/** Reads each key once more, linearizably: after all writes, so that none of them may be missing. */
export async function readAll(history: History, access: HttpAccess): Promise<void> {
  const keys = new Set(history.operations.map(({ key }) => key));
  for (const key of keys) {
    const complete = history.get("auditor", key);
    const answer = await eventually(() => readAnywhere(access, key));
    complete({ type: "ok", entry: answer.kind === "found" ? answer : undefined });
  }
}

async function readAnywhere(access: HttpAccess, key: string): Promise<ClientAnswer> {
  for (const node of access.nodes) {
    const answer = await access.call(node, {
      kind: "get",
      database: "default",
      key,
      consistency: "linearizable",
    });
    if (answer.kind !== "refused") return answer;
  }
  throw new Error(`nobody answers a read of ${key}`);
}

const elapsed = (durationMs: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, durationMs));
