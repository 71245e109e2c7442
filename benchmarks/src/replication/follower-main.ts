/**
 * A follower in a process of its own. Argument: its settings as JSON; see follower-process.ts for what
 * it tells. It ends when the process that has started it lets go of it.
 */
import { open } from "@boxerdb/engine";
import { startNode } from "@boxerdb/replication";

import { cpuMicros } from "../measuring/process-cost.ts";

import type { CaughtUp, FollowerSettings } from "./follower-process.ts";
import { databaseName, replicatedNode } from "./replicated-node.ts";

/** How often it is looked whether the goal is reached. */
const lookEveryMs = 5;

const settings: FollowerSettings = JSON.parse(process.argv[2] ?? "{}");
const { directory, nodeId, leaderUrl, goal, peerCompression } = settings;
const store = await open(directory, { commit: "replicated" });
const shownOffset = (): number => store.database(databaseName).status()?.appliedOffset ?? 0;
const from = store.database(databaseName).status()?.endOffset ?? 0;
const startedMs = performance.now();
const startedCpu = cpuMicros();
const node = await startNode({
  ...replicatedNode,
  store,
  role: "follower",
  nodeId,
  leaderUrl,
  writeQuorum: 1,
  ...(peerCompression && { peerCompression }),
});

const looking = setInterval(() => {
  if (shownOffset() < goal) return;
  clearInterval(looking);
  const seconds = (performance.now() - startedMs) / 1_000;
  const message: CaughtUp = { from, seconds, cpuSeconds: (cpuMicros() - startedCpu) / 1e6 };
  process.send?.(message);
}, lookEveryMs);

const end = (): void => {
  clearInterval(looking);
  void node.close().then(() => store.close());
};
if (process.connected) process.once("disconnect", end);
else end();
