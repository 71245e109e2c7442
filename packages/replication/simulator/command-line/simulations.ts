import { clusterSimulation } from "../cluster/cluster-run.ts";
import { engineSimulation } from "../engine/engine-run.ts";
import type { Simulation } from "../simulation.ts";

/** All there are, in the order in which they are run. */
export const simulations: readonly Simulation[] = [engineSimulation, clusterSimulation()];
