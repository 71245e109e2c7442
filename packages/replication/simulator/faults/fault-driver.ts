import type { SimulatedTime } from "../time/simulated-time.ts";

import { beginFault, type FaultyWorld } from "./fault-effects.ts";
import { faultText, victimOf, type FaultKind, type PlannedFault } from "./fault.ts";

/** Has planned faults happen when their time comes, and heals them. */
export class FaultDriver {
  readonly #time: SimulatedTime;
  readonly #world: FaultyWorld;
  readonly #counts = new Map<FaultKind, number>();

  constructor(time: SimulatedTime, world: FaultyWorld) {
    this.#time = time;
    this.#world = world;
  }

  /** How many have begun, by kind. Those that could not be when their time came are not counted. */
  get counts(): ReadonlyMap<FaultKind, number> {
    return this.#counts;
  }

  schedule(plan: readonly PlannedFault[]): void {
    for (const planned of plan) this.#time.at(planned.atMs, () => this.#begin(planned));
  }

  #begin({ fault, lastsMs }: PlannedFault): void {
    const { transcript } = this.#world;
    const who = victimOf(fault);
    const what = faultText(fault);
    const duration = lastsMs > 0 ? `, for ${lastsMs.toFixed(0)} ms` : "";
    transcript.note(who, `FAULT ${what}${duration}`);
    const heal = beginFault(fault, this.#world);
    if (heal === undefined) {
      transcript.note(who, `not now: ${what}`);
      return;
    }
    this.#counts.set(fault.kind, (this.#counts.get(fault.kind) ?? 0) + 1);
    if (lastsMs === 0) return;
    this.#time.after(lastsMs, () => {
      transcript.note(who, `healed: ${what}`);
      heal();
    });
  }
}
