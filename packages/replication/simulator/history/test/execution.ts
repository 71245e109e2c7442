import { logOffset, type LogOffset } from "@boxerdb/engine";
import * as fc from "fast-check";

import type { DeleteOutcome, Entry, Failed, Operation, PutOutcome, Unknown } from "../operation.ts";

/** What a client is to do next, and what befalls it. Times are counted in ticks. */
interface Plan {
  readonly client: number;
  readonly key: number;
  readonly kind: "get" | "put" | "delete";
  /** Which offset it asks for: that of the write so many writes ago, or one that nobody has given. */
  readonly condition: "none" | "absent" | "guess" | number;
  /** What goes wrong: it never takes effect, or nobody is told, or both; or it takes effect late. */
  readonly fate: "good" | "failed" | "lost" | "unheard" | "late";
  readonly pauseTicks: number;
  readonly ticksToEffect: number;
  readonly ticksToCompletion: number;
  /** How many records of other keys come before it in the log. */
  readonly gap: number;
}

export interface ExecutionLimits {
  readonly operations: readonly [least: number, most: number];
  readonly clients: number;
  readonly keys: number;
}

const plan = ({ clients, keys }: ExecutionLimits): fc.Arbitrary<Plan> =>
  fc.record({
    client: fc.nat({ max: clients - 1 }),
    key: fc.nat({ max: keys - 1 }),
    kind: fc.constantFrom("get", "get", "put", "put", "delete"),
    condition: fc.oneof(
      { weight: 4, arbitrary: fc.constant("none" as const) },
      { weight: 1, arbitrary: fc.constantFrom("absent" as const, "guess" as const) },
      { weight: 2, arbitrary: fc.nat({ max: 1 }) },
    ),
    fate: fc.constantFrom(
      "good",
      "good",
      "good",
      "good",
      "good",
      "failed",
      "lost",
      "unheard",
      "late",
    ),
    pauseTicks: fc.nat({ max: 4 }),
    ticksToEffect: fc.nat({ max: 5 }),
    ticksToCompletion: fc.nat({ max: 5 }),
    gap: fc.nat({ max: 2 }),
  });

/** A plan with the events of its execution; `effect` is undefined where it has none. */
interface Scheduled extends Plan {
  readonly index: number;
  readonly invokedAt: number;
  readonly effectAt: number | undefined;
  readonly completedAt: number;
}

/**
 * What clients see of a store that works: each operation takes effect at an instant of its own, and
 * outcomes get lost on the way back. By the order of invocations.
 */
export const executions = (limits: ExecutionLimits): fc.Arbitrary<readonly Operation[]> => {
  const [minLength, maxLength] = limits.operations;
  return fc.array(plan(limits), { minLength, maxLength, size: "max" }).map(executed);
};

function executed(plans: readonly Plan[]): readonly Operation[] {
  const store = new Store();
  const operations = schedule(plans)
    .toSorted((left, right) => (left.effectAt ?? Infinity) - (right.effectAt ?? Infinity))
    .map((scheduled) => store.execute(scheduled));
  return operations.toSorted((left, right) => left.invokedAt - right.invokedAt);
}

function schedule(plans: readonly Plan[]): readonly Scheduled[] {
  const idleSince = new Map<number, number>();
  return plans.map((plan, index) => {
    // No two events are at the same time.
    const event = (tick: number, part: number): number => (tick * plans.length + index) * 4 + part;
    const start = (idleSince.get(plan.client) ?? 0) + plan.pauseTicks;
    const effect = start + plan.ticksToEffect;
    const end = effect + plan.ticksToCompletion;
    idleSince.set(plan.client, end + 1);
    const { fate } = plan;
    const effectAt =
      fate === "failed" || fate === "lost"
        ? undefined
        : fate === "late"
          ? event(end + 2 * plan.ticksToEffect, 3)
          : event(effect, 1);
    return {
      ...plan,
      index,
      invokedAt: event(start, 0),
      effectAt,
      completedAt: event(end, 2),
    };
  });
}

/** The store that works. */
class Store {
  readonly #entries = new Map<number, Entry>();
  /** By key, of all its writes. */
  readonly #offsets = new Map<number, LogOffset[]>();
  #end = 0;

  /** Does what was planned, and says what the client was told. To be called in the order of effects. */
  execute(scheduled: Scheduled): Operation {
    const { client, key, kind, index, invokedAt, completedAt, fate } = scheduled;
    const attempt = { client: `c${client}`, key: `k${key}`, invokedAt, completedAt };
    const told = <Outcome>(outcome: Outcome): Outcome | Unknown | Failed => {
      if (fate === "good") return outcome;
      return fate === "failed" ? { type: "failed" } : { type: "unknown" };
    };
    if (kind === "get") {
      return { ...attempt, kind, outcome: told({ type: "ok", entry: this.#entries.get(key) }) };
    }
    const ifOffset = this.#ifOffset(scheduled);
    return kind === "put"
      ? { ...attempt, kind, value: index, ifOffset, outcome: told(this.#put(scheduled, ifOffset)) }
      : { ...attempt, kind, ifOffset, outcome: told(this.#delete(scheduled, ifOffset)) };
  }

  #put({ key, index, gap, effectAt }: Scheduled, ifOffset: IfOffset): PutOutcome {
    if (effectAt === undefined) return { type: "unknown" };
    if (!this.#holds(key, ifOffset)) return { type: "precondition failed" };
    const offset = this.#append(key, gap);
    this.#entries.set(key, { value: index, offset });
    return { type: "ok", offset };
  }

  #delete({ key, gap, effectAt }: Scheduled, ifOffset: IfOffset): DeleteOutcome {
    if (effectAt === undefined) return { type: "unknown" };
    if (!this.#holds(key, ifOffset)) return { type: "precondition failed" };
    if (!this.#entries.delete(key)) return { type: "not found" };
    return { type: "ok", offset: this.#append(key, gap) };
  }

  #append(key: number, gap: number): LogOffset {
    const offset = logOffset(this.#end + gap);
    this.#end = offset + 1;
    this.#offsets.set(key, [...(this.#offsets.get(key) ?? []), offset]);
    return offset;
  }

  #holds(key: number, ifOffset: IfOffset): boolean {
    return ifOffset === undefined || ifOffset === (this.#entries.get(key)?.offset ?? null);
  }

  #ifOffset({ key, condition, gap }: Plan): IfOffset {
    if (condition === "none") return undefined;
    if (condition === "absent") return null;
    if (condition === "guess") return logOffset(this.#end + gap);
    return this.#offsets.get(key)?.at(-1 - condition) ?? null;
  }
}

type IfOffset = LogOffset | null | undefined;
