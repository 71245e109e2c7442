import type { ConfigurationManager } from "../../src/configuration/configuration-manager.ts";
import type { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";
import type { NodeClock } from "../../src/node-clock.ts";
import { randomManagerFaults, type ManagerFaults } from "../configuration/manager-faults.ts";
import type { RegistrationOrder } from "../configuration/registration-order.ts";
import { UnreliableConfiguration } from "../configuration/unreliable-configuration.ts";
import type { Heal } from "../faults/fault-effects.ts";
import type { SimulatedNetwork } from "../network/simulated-network.ts";
import { ProcessConfiguration } from "../process-configuration.ts";
import type { Randomness } from "../randomness.ts";
import type { ProgramEnvironment } from "../simulated-machine.ts";

/** The name of the configuration manager's machine, which can be parted from nodes. */
export const managerHost = "manager";

/** What a call takes one way when all is well, in milliseconds. */
const usualDelayMs = 5;
/** After how long a caller gives up. */
const timeoutMs = 1_000;

export interface ManagerWiresOptions {
  readonly configuration: MemoryConfiguration;
  readonly clock: NodeClock;
  readonly randomness: Randomness;
  readonly network: SimulatedNetwork;
  readonly registrations: RegistrationOrder;
}

/** The ways of all processes to the configuration manager, and what is wrong with them. */
export class ManagerWires {
  readonly #options: ManagerWiresOptions;
  readonly #wires = new Set<UnreliableConfiguration>();
  #isDown = false;
  #slowness = 1;
  #lossRate = 0;

  constructor(options: ManagerWiresOptions) {
    this.#options = options;
  }

  /** The way of a process, as long as it lives. */
  connect({ process, host }: ProgramEnvironment): ConfigurationManager {
    const { configuration, clock, randomness, registrations } = this.#options;
    const wire = new UnreliableConfiguration({
      manager: configuration.connect(),
      clock,
      faults: this.#faultsOf(host, randomness.fork(host)),
      timeoutMs,
      registrations,
    });
    wire.isDown = this.#isDown;
    this.#wires.add(wire);
    process.onDeath(() => this.#wires.delete(wire));
    return new ProcessConfiguration(wire, process);
  }

  /** Nobody gets an answer. */
  down(): Heal {
    return this.#while(
      () => (this.#isDown = true),
      () => (this.#isDown = false),
    );
  }

  slow(factor: number): Heal {
    return this.#while(
      () => (this.#slowness = factor),
      () => (this.#slowness = 1),
    );
  }

  /** Loses the share `rate` of requests, and of answers. */
  lose(rate: number): Heal {
    return this.#while(
      () => (this.#lossRate = rate),
      () => (this.#lossRate = 0),
    );
  }

  #while(begin: () => void, end: () => void): Heal {
    const change = (how: () => void): void => {
      how();
      for (const wire of this.#wires) wire.isDown = this.#isDown;
    };
    change(begin);
    return () => change(end);
  }

  #faultsOf(host: string, randomness: Randomness): ManagerFaults {
    const { network } = this.#options;
    const random = (): number => randomness.real(0, 1);
    const odds = (): ManagerFaults =>
      randomManagerFaults(random, {
        loss: this.#lossRate,
        late: this.#lossRate / 2,
        lateMs: 20 * timeoutMs,
        delayMs: usualDelayMs * this.#slowness,
        hintLoss: 0.1 + this.#lossRate,
        hintDoubled: 0.1,
      });
    return {
      call: (call) => {
        const { requestMs, replyMs } = odds().call(call);
        // Each change is seen by who asserts what must hold, as an event of its own.
        return {
          requestMs: network.isBlocked(host, managerHost) ? Infinity : requestMs + 0.1,
          replyMs: network.isBlocked(managerHost, host) ? Infinity : replyMs,
        };
      },
      hint: () => (network.isBlocked(managerHost, host) ? [] : odds().hint()),
    };
  }
}
