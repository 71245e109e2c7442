import type { LogOffset } from "@boxerdb/engine";

import type {
  DeleteOutcome,
  OperationRecorder,
  PutOutcome,
  ReadOutcome,
} from "../load/operation-recorder.ts";
import { InvariantError } from "../simulation.ts";

/** What a key holds; `value` undefined: nothing any more, since a delete. */
interface State {
  /** Of the record that brought it about; where that is not known, of the newest one before. */
  readonly offset: number;
  readonly value: string | undefined;
}

const neverWritten: State = { offset: -1, value: undefined };

/** A write that may take effect: nobody has said yet that it will not. */
interface Attempt {
  outcome: "open" | "done" | "not done";
}

interface KeyModel {
  /** The newest state that somebody was told of. No read may show an older one, whatever crashes. */
  known: State;
  /** The writes of values, each of which is written once, by value. */
  readonly puts: Map<string, Attempt>;
  /** Deletes of which nobody has said whether they will take effect. */
  readonly openDeletes: Set<Attempt>;
  /** Of the newest delete that was acknowledged. */
  lastDelete: number;
}

/** What a key held, as it was read. */
export interface ReadEntry {
  readonly value: string;
  readonly offset: LogOffset;
}

/**
 * What a single store has to remember, by what its clients were told: all that was acknowledged or read
 * once, and nothing that was never asked for. A violation is kept for whoever runs the simulation, as the
 * code under test must not be able to catch it.
 */
export class DurabilityModel implements OperationRecorder {
  readonly #keys = new Map<string, KeyModel>();
  /** What was told of each offset. It never gets another meaning. */
  readonly #offsets = new Map<number, string>();
  violation: InvariantError | undefined;

  /** All keys that were ever asked for. */
  get keys(): readonly string[] {
    return [...this.#keys.keys()];
  }

  get(_client: string, key: string): (outcome: ReadOutcome) => void {
    const check = this.beginRead(key);
    return (outcome) => {
      if (outcome.type === "ok") check(outcome.entry);
    };
  }

  /** Of a read that begins now; what is returned is to be told what it found. */
  beginRead(key: string): (entry: ReadEntry | undefined) => void {
    const model = this.#modelOf(key);
    const { known } = model;
    return (entry) => {
      if (entry === undefined) this.#checkAbsence(key, model, known);
      else this.#checkEntry(key, model, known, entry);
    };
  }

  put(_client: string, key: string, value: string): (outcome: PutOutcome) => void {
    return this.#write(key, value);
  }

  delete(_client: string, key: string): (outcome: DeleteOutcome) => void {
    const check = this.beginRead(key);
    const complete = this.#write(key, undefined);
    return (outcome) => {
      if (outcome.type === "not found") {
        complete({ type: "failed" });
        check(undefined);
      } else {
        complete(outcome);
      }
    };
  }

  /** The store was found damaged, or not to be as it says that it is. */
  report(problem: string): void {
    this.violation ??= new InvariantError(problem);
  }

  #write(key: string, value: string | undefined): (outcome: PutOutcome) => void {
    const model = this.#modelOf(key);
    const { known } = model;
    const attempt: Attempt = { outcome: "open" };
    if (value === undefined) model.openDeletes.add(attempt);
    else model.puts.set(value, attempt);
    return (outcome) => {
      if (outcome.type === "unknown") return;
      attempt.outcome = outcome.type === "ok" ? "done" : "not done";
      model.openDeletes.delete(attempt);
      if (outcome.type !== "ok") return;
      const { offset } = outcome;
      if (offset <= known.offset) {
        this.report(`${key}: a write got offset ${offset}, after one at ${known.offset} was known`);
      }
      this.#learn(key, model, { offset, value });
      if (value === undefined) model.lastDelete = Math.max(model.lastDelete, offset);
    };
  }

  #checkEntry(key: string, model: KeyModel, known: State, { value, offset }: ReadEntry): void {
    const attempt = model.puts.get(value);
    if (attempt === undefined || attempt.outcome === "not done") {
      this.report(`${key}: a read shows ${show(value)} @${offset}, which was never written`);
      return;
    }
    const isOlder = offset < known.offset || (offset === known.offset && known.value === undefined);
    if (isOlder) {
      this.report(
        `${key}: a read shows ${show(value)} @${offset}, after ${show(known.value)} @${known.offset} ` +
          "was known",
      );
    }
    this.#learn(key, model, { offset, value });
  }

  #checkAbsence(key: string, model: KeyModel, known: State): void {
    if (known.value === undefined) return;
    if (model.lastDelete < known.offset && model.openDeletes.size === 0) {
      this.report(`${key}: ${show(known.value)} @${known.offset} is lost`);
      return;
    }
    if (model.known.offset === known.offset) model.known = { ...known, value: undefined };
  }

  #learn(key: string, model: KeyModel, state: State): void {
    const meaning = `${key} = ${show(state.value)}`;
    const before = this.#offsets.get(state.offset);
    if (before !== undefined && before !== meaning) {
      this.report(`offset ${state.offset} is ${meaning}, and was ${before} before`);
    }
    this.#offsets.set(state.offset, meaning);
    if (state.offset > model.known.offset) model.known = state;
  }

  #modelOf(key: string): KeyModel {
    const found = this.#keys.get(key);
    if (found !== undefined) return found;
    const model: KeyModel = {
      known: neverWritten,
      puts: new Map(),
      openDeletes: new Set(),
      lastDelete: -1,
    };
    this.#keys.set(key, model);
    return model;
  }
}

const show = (value: string | undefined): string => value?.slice(0, 16) ?? "a delete";
