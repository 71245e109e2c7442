/** What differs from one simulated cluster to the next, apart from what goes wrong. */
import { defaultSettings, type NodeSettings } from "../../src/node-settings.ts";
import { faultProfiles, type FaultProfile } from "../faults/fault-profile.ts";
import type { LoadProfile } from "../load/client-load.ts";
import type { Randomness } from "../randomness.ts";

import type { Circumstances } from "./planted-bugs.ts";

export interface ClusterDraw {
  readonly hosts: readonly string[];
  readonly settings: NodeSettings;
  readonly segmentBytes: number;
  /** Of each node, for blocks of logs. Without any, every read is one of the disk. */
  readonly memoryBytes: number;
  readonly profileName: string;
  readonly profile: FaultProfile;
  /** How long things go wrong. Virtual milliseconds. */
  readonly stormMs: number;
  readonly load: LoadProfile;
  /** Of the databases, those that are dropped now and then. */
  readonly fleeting: readonly string[];
}

export function drawCluster(draw: Randomness, circumstances: Circumstances): ClusterDraw {
  const nodes = circumstances.nodes ?? draw.pick([2, 3, 3, 3, 4, 5]);
  const hosts = Array.from({ length: nodes }, (_, n) => `n${n + 1}`);
  const settings = { ...drawSettings(draw, nodes), ...circumstances.settings };
  const segmentBytes = Math.floor(draw.magnitude(4_096, 200_000));
  const profileName =
    circumstances.profile ?? draw.pick(["calm", "usual", "usual", "storm"] as const);
  const stormMs = draw.magnitude(10_000, 80_000);
  const lasting = Array.from({ length: draw.pick([1, 1, 2, 3]) }, (_, n) => `d${n + 1}`);
  const fleeting = draw.chance(0.3) ? ["fleeting"] : [];
  const databases = [...lasting, ...fleeting];
  const load = { ...drawLoad(draw), databases, fleeting, ...circumstances.load };
  const profile = faultProfiles[profileName];
  const memoryBytes = draw.pick([0, 8 << 10, 64 << 10]);
  return {
    hosts,
    settings,
    segmentBytes,
    memoryBytes,
    profileName,
    profile,
    stormMs,
    load,
    fleeting,
  };
}

function drawSettings(draw: Randomness, nodes: number): NodeSettings {
  const about = (least: number, below: number): number => Math.floor(draw.magnitude(least, below));
  return {
    ...defaultSettings,
    writeQuorum: draw.integer(1, Math.min(3, nodes) + 1),
    replicaTimeoutMs: about(500, 6_000),
    resumeMs: about(500, 100_000),
    pullWaitMs: about(100, 1_000),
    commitTimeoutMs: about(1_000, 10_000),
    leaseMs: about(1_000, 6_000),
    pullBytes: about(100, 100_000),
    retirementMs: Math.floor(draw.fork("retirement").magnitude(100, 5_000)),
  };
}

function drawLoad(draw: Randomness): Omit<LoadProfile, "databases"> {
  return {
    clients: draw.integer(1, 7),
    keys: Math.floor(draw.magnitude(1, 40)),
    groups: draw.integer(0, 4),
    pauseMs: draw.magnitude(30, 1_000),
    get: draw.real(0.2, 2),
    put: 1,
    delete: draw.real(0, 0.5),
    conditional: draw.real(0, 0.5),
    repeatable: draw.real(0, 1),
    consistencies: [
      ["leader", 1],
      ["linearizable", 1],
      ["local", draw.real(0, 2)],
    ],
    minimum: draw.real(0, 1),
    longestValue: Math.floor(draw.magnitude(10, 1_000)),
  };
}
