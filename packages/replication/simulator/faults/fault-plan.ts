import type { Randomness } from "../randomness.ts";

import type { FaultProfile } from "./fault-profile.ts";
import type { Fault, FaultKind, PlannedFault } from "./fault.ts";

export interface FaultPlanOptions {
  readonly nodes: readonly string[];
  /** What else can be parted from each other, such as a configuration manager. Default: nothing. */
  readonly others?: readonly string[];
  readonly profile: FaultProfile;
  /** Nothing begins before. */
  readonly fromMs: number;
  /** By then everything is healed. */
  readonly untilMs: number;
  /** Which kinds make sense where it is used. Default: all. */
  readonly kinds?: readonly FaultKind[];
}

/** How long faults last, in milliseconds, least and below; those that are not here are over at once. */
const durationsMs: Readonly<Partial<Record<FaultKind, readonly [least: number, below: number]>>> = {
  crash: [20, 20_000],
  "bit rot": [500, 10_000],
  "lost disk": [500, 10_000],
  stop: [5, 20_000],
  suspend: [100, 20_000],
  partition: [200, 40_000],
  "lossy network": [500, 20_000],
  "slow network": [500, 20_000],
  "slow disk": [200, 20_000],
  "full disk": [500, 10_000],
  "failing disk": [50, 3_000],
  "manager down": [100, 30_000],
  "slow manager": [500, 20_000],
  "lost manager replies": [500, 20_000],
  absence: [50, 60_000],
};

/** After data of a node was lost, the next fault of that sort leaves the others time to make it good. */
const recoveryMs = 30_000;

/** What a fault has for itself as long as it lasts, if anything: the end of another would end it, too. */
const layerOf = (fault: Fault): string | undefined => {
  switch (fault.kind) {
    case "crash":
    case "bit rot":
    case "lost disk":
    case "stop":
    case "suspend":
    case "absence":
      return `life of ${fault.node}`;
    case "slow disk":
    case "full disk":
    case "failing disk":
      return `${fault.kind} of ${fault.node}`;
    case "bit rot in use":
    case "partition":
    case "cut connections":
    case "clock jump":
    case "handover":
    case "drop database":
      return undefined;
    case "lossy network":
    case "slow network":
    case "manager down":
    case "slow manager":
    case "lost manager replies":
      return fault.kind;
  }
};

type Draw = (randomness: Randomness, nodes: readonly string[]) => Fault;

/** How each kind of fault is drawn. */
const draws: Readonly<Record<FaultKind, Draw>> = {
  crash: (randomness, nodes) => ({
    kind: "crash",
    node: randomness.pick(nodes),
    death: randomness.chance(0.5) ? "power lost" : "killed",
  }),
  "bit rot": (randomness, nodes) => ({ kind: "bit rot", node: randomness.pick(nodes) }),
  "bit rot in use": (randomness, nodes) => ({
    kind: "bit rot in use",
    node: randomness.pick(nodes),
  }),
  "lost disk": (randomness, nodes) => ({ kind: "lost disk", node: randomness.pick(nodes) }),
  stop: (randomness, nodes) => ({ kind: "stop", node: randomness.pick(nodes) }),
  suspend: (randomness, nodes) => ({ kind: "suspend", node: randomness.pick(nodes) }),
  partition: (randomness, nodes) => {
    const [first = "", ...others] = randomness.shuffle(nodes);
    // One node alone as often as any other division.
    const size = randomness.chance(0.5) ? 0 : randomness.integer(0, Math.max(1, others.length));
    const isBothWays = randomness.chance(0.5);
    const from = [first, ...others.slice(0, size)];
    const to = others.slice(size);
    // Of one node to the others, or of the others to it.
    return randomness.chance(0.5)
      ? { kind: "partition", from, to, isBothWays }
      : { kind: "partition", from: to, to: from, isBothWays };
  },
  "cut connections": (randomness, nodes) => ({
    kind: "cut connections",
    node: randomness.pick(nodes),
  }),
  "lossy network": (randomness) => ({
    kind: "lossy network",
    requestLossRate: randomness.magnitude(0.001, 0.5),
    answerLossRate: randomness.magnitude(0.001, 0.5),
  }),
  "slow network": (randomness) => ({
    kind: "slow network",
    factor: randomness.magnitude(2, 1_000),
  }),
  "slow disk": (randomness, nodes) => ({
    kind: "slow disk",
    node: randomness.pick(nodes),
    factor: randomness.magnitude(2, 1_000),
  }),
  "full disk": (randomness, nodes) => ({
    kind: "full disk",
    node: randomness.pick(nodes),
    freeBytes: randomness.chance(0.3) ? 0 : Math.floor(randomness.magnitude(1, 100_000)),
  }),
  "failing disk": (randomness, nodes) => ({
    kind: "failing disk",
    node: randomness.pick(nodes),
    operation: randomness.pick(["read", "write", "sync"]),
    rate: randomness.magnitude(0.01, 1),
  }),
  "clock jump": (randomness, nodes) => ({
    kind: "clock jump",
    node: randomness.pick(nodes),
    byMs: randomness.magnitude(10, 7_200_000) * (randomness.chance(0.5) ? 1 : -1),
  }),
  "manager down": () => ({ kind: "manager down" }),
  "slow manager": (randomness) => ({
    kind: "slow manager",
    factor: randomness.magnitude(2, 1_000),
  }),
  "lost manager replies": (randomness) => ({
    kind: "lost manager replies",
    rate: randomness.magnitude(0.01, 1),
  }),
  handover: (randomness, nodes) => ({ kind: "handover", node: randomness.pick(nodes) }),
  absence: (randomness, nodes) => ({
    kind: "absence",
    node: randomness.pick(nodes),
    losesDisk: randomness.chance(0.3),
  }),
  "drop database": () => ({ kind: "drop database" }),
};

const losesData = (fault: Fault): boolean =>
  fault.kind === "bit rot" ||
  fault.kind === "lost disk" ||
  (fault.kind === "absence" && fault.losesDisk);

/** Draws what goes wrong, and when, in the order of the beginnings. */
export function drawFaultPlan(
  randomness: Randomness,
  { nodes, others = [], profile, fromMs, untilMs, kinds }: FaultPlanOptions,
): readonly PlannedFault[] {
  const weights = profile.weights.filter(([kind]) => kinds === undefined || kinds.includes(kind));
  const plan: PlannedFault[] = [];
  if (weights.length === 0) return plan;
  const busyUntilMs = new Map<string, number>();
  let nextLossMs = fromMs;
  let atMs = fromMs;
  for (;;) {
    // Bursts and lulls: pauses of very different lengths with this average.
    atMs += profile.pauseMs * -Math.log(1 - randomness.real(0, 1));
    if (atMs >= untilMs) return plan;
    const kind = randomness.pickWeighted(weights);
    const fault = draws[kind](randomness, kind === "partition" ? [...nodes, ...others] : nodes);
    const range = durationsMs[fault.kind];
    const lastsMs =
      range === undefined ? 0 : Math.min(randomness.magnitude(...range), untilMs - atMs);
    const layer = layerOf(fault);
    const isFree = layer === undefined || (busyUntilMs.get(layer) ?? 0) <= atMs;
    if (!isFree || (losesData(fault) && atMs < nextLossMs)) continue;
    plan.push({ atMs, lastsMs, fault });
    const endMs = atMs + lastsMs;
    if (layer !== undefined) busyUntilMs.set(layer, endMs);
    if (losesData(fault)) nextLossMs = endMs + recoveryMs;
  }
}
