import { ClusterInvariants } from "../../simulator/cluster/cluster-invariants.ts";
import { clusterProgram, type RunningNode } from "../../simulator/cluster/cluster-program.ts";
import { ManagerWires } from "../../simulator/cluster/manager-wires.ts";
import { RegistrationOrder } from "../../simulator/configuration/registration-order.ts";
import { NetworkAccess, type ClusterAccess } from "../../simulator/load/cluster-access.ts";
import { SimulatedNetwork } from "../../simulator/network/simulated-network.ts";
import { SimulatedMachine } from "../../simulator/simulated-machine.ts";
import { MachineClock } from "../../simulator/time/machine-clock.ts";
import { SimulatedProcess } from "../../simulator/time/simulated-process.ts";
import { SimulatedTime } from "../../simulator/time/simulated-time.ts";
import { worldClock } from "../../simulator/time/world-clock.ts";
import { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";
import { protocolRules, type ProtocolRules } from "../../src/core/protocol-rules.ts";
import { defaultSettings, type NodeSettings } from "../../src/node-settings.ts";

import { NodeWatch } from "./node-watch.ts";
import { SteadyRandomness } from "./steady-randomness.ts";
import { Story } from "./story.ts";

export interface ScenarioOptions {
  readonly nodes: readonly string[];
  readonly settings: Partial<NodeSettings> & Pick<NodeSettings, "writeQuorum">;
  /** Default: large enough for one segment. */
  readonly segmentBytes?: number;
  /** What takes the place of rules that ship. Default: nothing. */
  readonly rules?: Partial<ProtocolRules>;
  /** Whether what must hold is asserted after every event. */
  readonly isChecked: boolean;
}

const scenarioSettings: NodeSettings = {
  ...defaultSettings,
  replicaTimeoutMs: 4_000,
  pullWaitMs: 200,
  retryPauseMs: 50,
  commitTimeoutMs: 2_000,
  pollMs: 200,
  leaseMs: 1_000,
};

/** The simulated machines of a scenario, of which each takes as long as the other, and a client. */
export class ScenarioWorld {
  readonly nodes: readonly string[];
  readonly time = new SimulatedTime();
  readonly story = new Story(this.time);
  readonly network: SimulatedNetwork;
  readonly configuration: MemoryConfiguration;
  readonly machines: ReadonlyMap<string, SimulatedMachine>;
  /** The nodes whose processes live, by machine. */
  readonly running = new Map<string, RunningNode>();
  /** The way of a client to all nodes. */
  readonly client: ClusterAccess;
  readonly #watch: NodeWatch;
  readonly #invariants: ClusterInvariants;
  readonly #isChecked: boolean;
  readonly #checkHandled: () => void;
  /** What a node itself has noticed that must never happen. */
  #violation: Error | undefined;

  /** @param checkHandled throws what nobody has handled; see `failureOf` */
  constructor(options: ScenarioOptions, checkHandled: () => void) {
    const { time, story, running } = this;
    const randomness = SteadyRandomness.of("scenario");
    const settings = { ...scenarioSettings, ...options.settings };
    this.nodes = options.nodes;
    this.#isChecked = options.isChecked;
    this.#checkHandled = checkHandled;
    const clock = worldClock(time);
    this.configuration = new MemoryConfiguration(randomness.uuid(), clock);
    this.network = new SimulatedNetwork(time, randomness.fork("network"), story);
    const wires = new ManagerWires({
      configuration: this.configuration,
      clock,
      randomness: randomness.fork("manager"),
      network: this.network,
      registrations: new RegistrationOrder(),
    });
    const machineOf = (name: string): SimulatedMachine => {
      const program = clusterProgram({
        network: this.network,
        transcript: story,
        settings,
        rules: this.#told(name, { ...protocolRules, ...options.rules }),
        segmentBytes: options.segmentBytes ?? 1 << 20,
        memoryBytes: 64 << 10,
        connect: (environment) => wires.connect(environment),
        onStart: (host, node) => running.set(host, node),
        onStop: (host) => running.delete(host),
        onDamage: (host) => this.machines.get(host)?.disk.replace(),
        onViolation: (error) => (this.#violation ??= error),
      });
      return new SimulatedMachine({
        name,
        time,
        randomness: randomness.fork(name),
        transcript: story,
        program: (environment) => {
          environment.process.onDeath(() => running.delete(name));
          return program(environment);
        },
      });
    };
    this.machines = new Map(this.nodes.map((name) => [name, machineOf(name)]));
    this.#watch = new NodeWatch(story, this.configuration, running);
    this.#invariants = new ClusterInvariants(this.configuration, running, settings.writeQuorum);
    const process = new SimulatedProcess("client");
    this.client = new NetworkAccess({
      network: this.network,
      nodes: this.nodes,
      host: "client",
      process,
      clock: new MachineClock(time, randomness.fork("client")).clockFor(process),
    });
  }

  /** Tells where all stand. */
  tellStandings(): void {
    this.#watch.begin();
  }

  /** Lets time go on, and tells what happens. Rejects where something does not hold that must. */
  async run(untilMs: number, afterEach: () => void = () => {}): Promise<void> {
    await this.time.run(untilMs, () => {
      this.#checkHandled();
      this.#watch.look();
      if (this.#violation !== undefined) throw this.#violation;
      if (this.#isChecked) this.#invariants.check();
      afterEach();
    });
  }

  /** The same rules, and each refusal is told. */
  #told(node: string, rules: ProtocolRules): ProtocolRules {
    return {
      ...rules,
      judgePull: (leader, request) => {
        const refusal = rules.judgePull(leader, request);
        if (refusal !== undefined) {
          const { nodeId, from, epoch } = request;
          this.story.tell(
            node,
            `refuses ${nodeId}, which is in epoch ${epoch} and pulls from @${from}: ${refusal.message}`,
          );
        }
        return refusal;
      },
    };
  }
}
