import { MemoryConfiguration } from "@boxerdb/replication";

import type { CallFate } from "../../simulator/configuration/manager-faults.ts";
import { RegistrationOrder } from "../../simulator/configuration/registration-order.ts";
import { UnreliableConfiguration } from "../../simulator/configuration/unreliable-configuration.ts";
import { ManualClock } from "../cluster/manual-clock.ts";

import { settled } from "./outcome.ts";

/** A wire to `configuration` on which calls and hints fare as they are told to, one after another. */
export class Wire {
  readonly clock: ManualClock;
  readonly manager: UnreliableConfiguration;
  /** For the calls to come; what comes after them takes no time. */
  readonly fates: Partial<CallFate>[] = [];
  /** The methods that were called. */
  readonly calls: string[] = [];
  /** For all hints to come. */
  hintDelaysMs: readonly number[] = [0];

  /** `timeoutMs`: after how long calls are given up. */
  constructor(
    configuration: MemoryConfiguration,
    clock: ManualClock,
    timeoutMs: number,
    registrations = new RegistrationOrder(),
  ) {
    this.clock = clock;
    this.manager = new UnreliableConfiguration({
      manager: configuration.connect(),
      clock,
      timeoutMs,
      registrations,
      faults: {
        call: ({ method }) => {
          this.calls.push(method);
          return { requestMs: 0, replyMs: 0, ...this.fates.shift() };
        },
        hint: () => this.hintDelaysMs,
      },
    });
  }

  /** Lets time pass, in steps before and after which all settles that does not wait for time. */
  async pass(delayMs: number, stepMs = delayMs): Promise<void> {
    await settled();
    for (let leftMs = delayMs; leftMs > 0; leftMs -= stepMs) {
      this.clock.advance(Math.min(leftMs, stepMs));
      await settled();
    }
  }
}

/** A manager in memory, and a wire to it. */
export function wireToMemory(timeoutMs: number): {
  readonly configuration: MemoryConfiguration;
  readonly wire: Wire;
} {
  const clock = new ManualClock();
  const configuration = new MemoryConfiguration("cluster", clock);
  return { configuration, wire: new Wire(configuration, clock, timeoutMs) };
}
