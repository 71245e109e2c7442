import { noFailures } from "../disk/simulated-disk.ts";
import type { SimulatedNetwork } from "../network/simulated-network.ts";
import type { Randomness } from "../randomness.ts";
import type { SimulatedMachine } from "../simulated-machine.ts";
import type { Transcript } from "../transcript.ts";

import type { Fault } from "./fault.ts";

/** Ends what a fault has begun. */
export type Heal = () => void;

const nothingToHeal: Heal = () => {};

/** What only a cluster has. Each returns how to end it, undefined where it makes no sense now. */
export interface ClusterFaults {
  /** Whether no acknowledged write is lost with what this node has on its disk. */
  mayLoseDisk(node: string): boolean;
  /** Takes note that a node has lost what it had on its disk, or a part of it. */
  noteLostDisk(node: string): void;
  /** Has a bit flip in what a node that runs has on its disk. */
  rotInUse(node: string): Heal | undefined;
  managerDown(): Heal | undefined;
  slowManager(factor: number): Heal | undefined;
  loseManagerReplies(rate: number): Heal | undefined;
  handover(node: string): Heal | undefined;
  /** `machine`: of the node. */
  absence(machine: SimulatedMachine, losesDisk: boolean): Heal | undefined;
  dropDatabase(): Heal | undefined;
}

/** Of a single node: nothing of it can be done without. */
export const noCluster: ClusterFaults = {
  mayLoseDisk: () => false,
  noteLostDisk: () => {},
  rotInUse: () => undefined,
  managerDown: () => undefined,
  slowManager: () => undefined,
  loseManagerReplies: () => undefined,
  handover: () => undefined,
  absence: () => undefined,
  dropDatabase: () => undefined,
};

/** What faults befall. */
export interface FaultyWorld {
  readonly machines: ReadonlyMap<string, SimulatedMachine>;
  readonly network: SimulatedNetwork;
  readonly cluster: ClusterFaults;
  readonly randomness: Randomness;
  readonly transcript: Transcript;
}

/** Has a fault begin. Returns how to end it; undefined where it cannot be now, so that nothing was done. */
export function beginFault(fault: Fault, world: FaultyWorld): Heal | undefined {
  const { network, cluster } = world;
  switch (fault.kind) {
    case "crash":
      return machineOf(fault.node, world).crash(fault.death);
    case "bit rot":
    case "lost disk":
      return loseData(fault, world);
    case "bit rot in use":
      return cluster.rotInUse(fault.node);
    case "stop":
      return stop(fault.node, world);
    case "suspend":
      return suspend(fault.node, world);
    case "partition":
      return divide(fault, network);
    case "cut connections":
      network.cutConnections(fault.node);
      return nothingToHeal;
    case "lossy network": {
      const { requestLossRate, answerLossRate } = fault;
      return changeNetwork(network, { requestLossRate, answerLossRate }, noLosses);
    }
    case "slow network":
      return changeNetwork(network, { delayFactor: fault.factor }, { delayFactor: 1 });
    case "slow disk":
    case "full disk":
    case "failing disk":
      return disturbDisk(fault, world);
    case "clock jump":
      machineOf(fault.node, world).clock.jump(fault.byMs);
      return nothingToHeal;
    case "manager down":
      return cluster.managerDown();
    case "slow manager":
      return cluster.slowManager(fault.factor);
    case "lost manager replies":
      return cluster.loseManagerReplies(fault.rate);
    case "handover":
      return cluster.handover(fault.node);
    case "absence":
      return cluster.absence(machineOf(fault.node, world), fault.losesDisk);
    case "drop database":
      return cluster.dropDatabase();
  }
}

function machineOf(node: string, { machines }: FaultyWorld): SimulatedMachine {
  const machine = machines.get(node);
  if (machine === undefined) throw new Error(`assertion failed: there is a machine "${node}"`);
  return machine;
}

function loseData(
  { kind, node }: Extract<Fault, { kind: "bit rot" | "lost disk" }>,
  world: FaultyWorld,
): Heal | undefined {
  if (!world.cluster.mayLoseDisk(node)) return undefined;
  world.cluster.noteLostDisk(node);
  const machine = machineOf(node, world);
  const restart = machine.crash("power lost");
  if (kind === "lost disk") {
    machine.disk.replace();
    return restart;
  }
  const active = activeSegments(machine.disk.content.fileNames());
  const rotten = machine.disk.rot((path) => !active.has(path));
  const what = rotten === undefined ? "nothing to rot" : `rotten: ${String(rotten)}`;
  world.transcript.note(node, what);
  return restart;
}

/**
 * The newest segment of each log. What stands last in it, and no group behind it vouches for, is taken for a
 * write that the crash cut short, wherever it has rotten: FORMAT.md says so, and no replica can know better.
 */
function activeSegments(paths: readonly string[]): ReadonlySet<string> {
  const newest = new Map<string, string>();
  for (const path of paths.filter((one) => one.endsWith(".log")).toSorted()) {
    newest.set(path.slice(0, path.lastIndexOf("/")), path);
  }
  return new Set(newest.values());
}

function stop(node: string, world: FaultyWorld): Heal | undefined {
  const { process } = machineOf(node, world);
  if (process === undefined || process.isStopped) return undefined;
  process.stop();
  const first = world.randomness.pick(["timer", "input"] as const);
  return () => process.continue(first);
}

function suspend(node: string, world: FaultyWorld): Heal | undefined {
  const goOn = stop(node, world);
  if (goOn === undefined) return undefined;
  const wake = machineOf(node, world).clock.suspend();
  return () => {
    wake();
    goOn();
  };
}

function divide(
  { from, to, isBothWays }: Extract<Fault, { kind: "partition" }>,
  network: SimulatedNetwork,
): Heal {
  const unblocks = from.flatMap((one) =>
    to.flatMap((other) => [
      network.block(one, other),
      ...(isBothWays ? [network.block(other, one)] : []),
    ]),
  );
  return () => {
    for (const unblock of unblocks) unblock();
  };
}

const noLosses = { requestLossRate: 0, answerLossRate: 0 };

function changeNetwork(
  network: SimulatedNetwork,
  change: Partial<SimulatedNetwork["conditions"]>,
  usual: Partial<SimulatedNetwork["conditions"]>,
): Heal {
  network.conditions = { ...network.conditions, ...change };
  return () => {
    network.conditions = { ...network.conditions, ...usual };
  };
}

function disturbDisk(
  fault: Extract<Fault, { kind: "slow disk" | "full disk" | "failing disk" }>,
  world: FaultyWorld,
): Heal {
  const { disk } = machineOf(fault.node, world);
  switch (fault.kind) {
    case "slow disk":
      disk.slowness = fault.factor;
      return () => (disk.slowness = 1);
    case "full disk":
      disk.fill(fault.freeBytes);
      return () => disk.free();
    case "failing disk":
      disk.failureRates = { ...noFailures, [fault.operation]: fault.rate };
      return () => (disk.failureRates = noFailures);
  }
}
