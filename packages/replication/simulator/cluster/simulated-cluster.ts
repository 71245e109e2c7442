import { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";
import { protocolRules } from "../../src/core/protocol-rules.ts";
import { RegistrationOrder } from "../configuration/registration-order.ts";
import { FaultDriver } from "../faults/fault-driver.ts";
import { drawFaultPlan } from "../faults/fault-plan.ts";
import type { FaultKind } from "../faults/fault.ts";
import { ClientLoad } from "../load/client-load.ts";
import { NetworkAccess } from "../load/cluster-access.ts";
import { SimulatedNetwork } from "../network/simulated-network.ts";
import { Randomness } from "../randomness.ts";
import { SimulatedMachine, type Program } from "../simulated-machine.ts";
import { MachineClock } from "../time/machine-clock.ts";
import { SimulatedProcess } from "../time/simulated-process.ts";
import { SimulatedTime } from "../time/simulated-time.ts";
import { worldClock } from "../time/world-clock.ts";
import { Transcript, type Keeping } from "../transcript.ts";

import { drawCluster, type ClusterDraw } from "./cluster-draws.ts";
import { clusterFaults } from "./cluster-faults.ts";
import { ClusterHistory } from "./cluster-history.ts";
import { ClusterInvariants } from "./cluster-invariants.ts";
import { clusterProgram, type RunningNode } from "./cluster-program.ts";
import { LostReplicas } from "./lost-replicas.ts";
import { managerHost, ManagerWires } from "./manager-wires.ts";
import type { PlantedBug } from "./planted-bugs.ts";
import { RotInUse } from "./rot-in-use.ts";

const kinds: readonly FaultKind[] = [
  "crash",
  "stop",
  "suspend",
  "partition",
  "cut connections",
  "lossy network",
  "slow network",
  "slow disk",
  "full disk",
  "failing disk",
  "clock jump",
  "bit rot",
  "bit rot in use",
  "lost disk",
  "manager down",
  "slow manager",
  "lost manager replies",
  "handover",
  "absence",
  "drop database",
];

/** Machines with nodes on them, clients, and what will go wrong: all of it drawn by a seed. */
export class SimulatedCluster {
  readonly draw: ClusterDraw;
  readonly time = new SimulatedTime();
  readonly transcript: Transcript;
  readonly configuration: MemoryConfiguration;
  /** The nodes whose processes live, by machine. */
  readonly running = new Map<string, RunningNode>();
  readonly history: ClusterHistory;
  readonly load: ClientLoad;
  readonly faults: FaultDriver;
  readonly lost = new LostReplicas();
  readonly rot: RotInUse;
  readonly #invariants: ClusterInvariants;
  readonly #machines: ReadonlyMap<string, SimulatedMachine>;
  /** The UUIDs of the data directories with which nodes were started last. */
  readonly #storeIds = new Map<string, string>();
  /** What a node itself has noticed that must never happen. */
  #violation: Error | undefined;

  constructor(seed: number, keeping: Keeping, bug: PlantedBug) {
    const randomness = Randomness.ofSeed(seed);
    const { time } = this;
    const { circumstances = {} } = bug;
    this.draw = drawCluster(randomness.fork("settings"), circumstances);
    const { hosts, settings, segmentBytes, memoryBytes, profile, stormMs, fleeting } = this.draw;
    const transcript = new Transcript(time, keeping);
    const network = new SimulatedNetwork(time, randomness.fork("network"), transcript);
    const clock = worldClock(time);
    const configuration = new MemoryConfiguration(randomness.fork("cluster").uuid(), clock);
    const wires = new ManagerWires({
      configuration,
      clock,
      randomness: randomness.fork("manager"),
      network,
      registrations: new RegistrationOrder(),
    });
    const program = clusterProgram({
      network,
      transcript,
      settings,
      rules: { ...protocolRules, ...bug.rules },
      segmentBytes,
      memoryBytes,
      connect: (environment) => wires.connect(environment),
      onStart: (host, node) => {
        this.running.set(host, node);
        this.#storeIds.set(host, node.store.id);
      },
      onStop: (host) => this.running.delete(host),
      onViolation: (error) => (this.#violation ??= error),
      // Of what lies beside the databases nothing can be made anew: an operator gives the node a new disk.
      onDamage: (host) => this.#machines.get(host)?.disk.replace(),
    });
    const onMachine: Program = (environment) => {
      environment.process.onDeath(() => this.running.delete(environment.host));
      const fileSystem = bug.fileSystem?.(environment.fileSystem) ?? environment.fileSystem;
      return program({ ...environment, fileSystem });
    };
    const machineOf = (name: string): SimulatedMachine =>
      new SimulatedMachine({
        name,
        time,
        randomness: randomness.fork(name),
        transcript,
        program: onMachine,
      });
    this.#machines = new Map(hosts.map((name) => [name, machineOf(name)]));
    this.transcript = transcript;
    this.configuration = configuration;
    this.#invariants = new ClusterInvariants(configuration, this.running, settings.writeQuorum);
    this.history = new ClusterHistory(fleeting, (database) =>
      this.#invariants.committedOffset(database),
    );
    this.load = new ClientLoad({
      time,
      randomness: randomness.fork("load"),
      transcript,
      recorder: this.history,
      profile: this.draw.load,
      accessFor: (host) => {
        const process = new SimulatedProcess(host);
        const ofClient = new MachineClock(time, randomness.fork(host)).clockFor(process);
        return new NetworkAccess({ network, nodes: hosts, host, process, clock: ofClient });
      },
    });
    this.rot = new RotInUse({
      randomness: randomness.fork("rot"),
      configuration,
      machines: this.#machines,
      running: this.running,
      lost: this.lost,
      transcript,
    });
    this.faults = new FaultDriver(time, {
      machines: this.#machines,
      network,
      cluster: clusterFaults({
        time,
        randomness: randomness.fork("cluster effects"),
        configuration,
        wires,
        running: this.running,
        transcript,
        rot: this.rot,
        lost: this.lost,
        storeIdOf: (host) => this.#storeIds.get(host),
        fleeting,
      }),
      randomness: randomness.fork("effects"),
      transcript,
    });
    const ofFaults = randomness.fork("faults");
    this.faults.schedule(
      circumstances.plan?.(ofFaults, hosts, stormMs) ??
        drawFaultPlan(ofFaults, {
          nodes: hosts,
          others: [managerHost],
          profile,
          fromMs: 2_000,
          untilMs: stormMs,
          kinds: circumstances.faults ?? kinds,
        }),
    );
  }

  /** Has all machines and clients begin. */
  start(): void {
    for (const machine of this.#machines.values()) machine.start();
    this.load.start();
  }

  /** Has a node begin anew, as its operator does. */
  restart(host: string): void {
    this.#machines.get(host)?.crash("killed")();
  }

  /** To be called after each event. Throws where something does not hold that must. */
  check(): void {
    this.rot.look();
    if (this.#violation !== undefined) throw this.#violation;
    this.#invariants.check();
  }
}
