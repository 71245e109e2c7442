import type { FaultKind } from "./fault.ts";

/** How much goes wrong, and how often what. */
export interface FaultProfile {
  /** Between the beginnings of two faults, on average. */
  readonly pauseMs: number;
  /** How often each kind is drawn, compared with the others. Those that are not here never are. */
  readonly weights: readonly (readonly [kind: FaultKind, weight: number])[];
}

const usualWeights: FaultProfile["weights"] = [
  ["crash", 10],
  ["bit rot", 1],
  ["bit rot in use", 5],
  ["lost disk", 1],
  ["stop", 8],
  ["suspend", 3],
  ["partition", 10],
  ["cut connections", 4],
  ["lossy network", 4],
  ["slow network", 4],
  ["slow disk", 6],
  ["full disk", 2],
  ["failing disk", 3],
  ["clock jump", 3],
  ["manager down", 4],
  ["slow manager", 3],
  ["lost manager replies", 4],
  ["handover", 6],
  ["absence", 8],
  ["drop database", 3],
];

/** From hardly anything to so much that hardly anything works. */
export const faultProfiles = {
  calm: {
    pauseMs: 20_000,
    weights: [
      ["stop", 2],
      ["slow network", 2],
      ["slow disk", 2],
      ["cut connections", 1],
      ["handover", 1],
      ["absence", 2],
    ],
  },
  usual: { pauseMs: 4_000, weights: usualWeights },
  storm: { pauseMs: 700, weights: usualWeights },
} satisfies Record<string, FaultProfile>;

export type FaultProfileName = keyof typeof faultProfiles;
