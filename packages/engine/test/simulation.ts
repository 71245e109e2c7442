import { deepStrictEqual, equal, fail, ok } from "node:assert/strict";

import {
  ClosedError,
  ConflictError,
  type BatchCheck,
  type BatchOperation,
  type Database,
  type Entry,
  type LogOffset,
  type Snapshot,
  type Storable,
  type Store,
  type StoreOptions,
  type TimestampMs,
} from "@boxerdb/engine";

import { randomSurvival } from "../src/filesystem/survival.ts";

import { History, listed, type ModelState } from "./history.ts";
import type { Step } from "./model-steps.ts";
import { SimulatedMachine } from "./simulated-machine.ts";

type WriteStep = Extract<Step, { readonly type: "write" }>;
type CrashStep = Extract<Step, { readonly type: "crash" }>;

const collections = ["users", "Users"];

/** A database with its model. */
interface Modelled {
  readonly name: string;
  history: History;
  exists: boolean;
  // Invariant: durableEnd ≤ acknowledgedEnd ≤ history.end.
  /** The end of what no power cut may take. */
  durableEnd: number;
  /** The end of what no death of the process may take. */
  acknowledgedEnd: number;
}

/** A snapshot, iterations that have begun, and what all of them must show. */
interface Held {
  readonly snapshot: Snapshot;
  readonly iterations: readonly {
    readonly collection: string;
    readonly entries: AsyncIterator<Entry>;
    readonly begun: IteratorResult<Entry>;
  }[];
  readonly state: ModelState;
  readonly nowMs: number;
}

/** Takes steps on a store on a simulated machine and on the model of it, and compares the two. */
export class Simulation {
  readonly #machine = new SimulatedMachine();
  readonly #options: StoreOptions;
  readonly #databases = ["one", "Two"].map((name) => newDatabase(name));
  #store: Store;
  /** Answers that nobody has waited for. They reject where the model disagrees. */
  #answers: Promise<void>[] = [];
  #held: Held[] = [];
  /** Whether the machine is about to crash, so that everything may fail. */
  #isFailing = false;

  private constructor(store: Store, machine: SimulatedMachine, options: StoreOptions) {
    this.#store = store;
    this.#machine = machine;
    this.#options = options;
  }

  /** The operations on files take as many turns of the event loop as `turns` says, over and over. */
  static async start(options: StoreOptions, turns: readonly number[]): Promise<Simulation> {
    const machine = new SimulatedMachine();
    let operations = 0;
    machine.turnsOfNext = () => turns[operations++ % turns.length] ?? 0;
    return new Simulation(await machine.open(options), machine, options);
  }

  async take(step: Step): Promise<void> {
    switch (step.type) {
      case "write":
        await this.#write(this.#modelled(step.database), step);
        break;
      case "read":
        await this.#read(this.#modelled(step.database), step.collection);
        break;
      case "list":
        await this.#list(this.#modelled(step.database), step);
        break;
      case "snapshot":
        await this.#hold(this.#modelled(step.database));
        break;
      case "read snapshot":
        await this.#readHeld(step.close);
        break;
      case "compact":
        this.#expect(this.#store.compact());
        if (step.settle) await this.#settle();
        break;
      case "checkpoint":
        this.#expect(this.#store.checkpoint().catch(unlessClosed));
        if (step.settle) await this.#settle();
        break;
      case "drop":
        await this.#drop(this.#modelled(step.database));
        break;
      case "wait":
        this.#machine.clock.advance(step.ms);
        break;
      case "reopen":
        await this.#reopen();
        break;
      case "crash":
        await this.#crash(step);
        break;
    }
    for (const database of this.#databases) this.#compare(database);
  }

  /** Waits for all answers, and sees that a clean end keeps everything. */
  async end(): Promise<void> {
    await this.#reopen();
    await this.#store.close();
  }

  get #nowMs(): number {
    return this.#machine.clock.now();
  }

  #modelled(index: number): Modelled {
    const database = this.#databases[index];
    if (database === undefined) throw new RangeError(`there is no database ${index}`);
    return database;
  }

  /** What a database shows now. */
  #visible({ name, history }: Modelled): ModelState {
    const highWatermark = this.#store.database(name).status()?.highWatermark ?? 0;
    ok(history.isBatchBoundary(highWatermark), `a batch is visible in part at ${highWatermark}`);
    return history.stateAt(highWatermark);
  }

  async #write(database: Modelled, step: WriteStep): Promise<void> {
    const { name, history } = database;
    if (!database.exists) {
      await this.#store.createDatabase(name);
      Object.assign(database, { exists: true, durableEnd: 1, acknowledgedEnd: 1 });
    }
    const expires =
      step.ttlMs === undefined ? undefined : ((this.#nowMs + step.ttlMs) as TimestampMs);
    const operations = step.operations.map((operation): BatchOperation =>
      operation.op === "put" && expires !== undefined ? { ...operation, expires } : operation,
    );
    const checks = this.#checksOf(history, operations, step);
    const brokenCheck = history.brokenCheck(checks, this.#nowMs);
    const isSingle = operations.length === 1 && !step.asBatch;
    const isRefused = brokenCheck >= 0;
    const isNeedless = isSingle && !isRefused && this.#deletesNothing(history, operations);
    const written = this.#send(name, operations, checks, isSingle, step);
    if (isRefused) {
      const wasWritten = "a write was let through by a check that does not hold";
      this.#expect(written.then(() => fail(wasWritten), isTheConflict));
    } else if (isNeedless) {
      this.#expect(written.then((offset) => equal(offset, undefined)));
    } else {
      history.append(operations);
      const { end } = history;
      const durability = step.durability ?? this.#options.durability;
      this.#expect(this.#acknowledged(written, database, end, durability !== "os"));
    }
    if (step.settle) await this.#settle();

    function isTheConflict(error: unknown): void {
      if (!(error instanceof ConflictError)) throw error;
      equal(error.checkIndex, brokenCheck);
      equal(error.expectedOffset, checks[brokenCheck]?.offset);
    }
  }

  async #acknowledged(
    written: Promise<LogOffset | undefined>,
    database: Modelled,
    end: number,
    isDurable: boolean,
  ): Promise<void> {
    equal(await written, end - 1);
    database.acknowledgedEnd = Math.max(database.acknowledgedEnd, end);
    if (isDurable) database.durableEnd = Math.max(database.durableEnd, end);
  }

  #checksOf(
    history: History,
    operations: readonly BatchOperation[],
    { condition }: WriteStep,
  ): BatchCheck[] {
    const [first] = operations;
    if (first === undefined || condition === undefined) return [];
    const { collection, key } = first;
    const newest = history.newestOffset(collection, key, this.#nowMs);
    const asked = { "as it is": newest, absent: null, stale: Math.max(0, (newest ?? 0) - 1) };
    return [{ collection, key, offset: asked[condition] as LogOffset | null }];
  }

  #deletesNothing(history: History, operations: readonly BatchOperation[]): boolean {
    const [only] = operations;
    if (only?.op !== "delete") return false;
    return history.newestOffset(only.collection, only.key, this.#nowMs) === null;
  }

  #send(
    name: string,
    operations: readonly BatchOperation[],
    checks: readonly BatchCheck[],
    isSingle: boolean,
    { durability }: WriteStep,
  ): Promise<LogOffset | undefined> {
    const database = this.#store.database(name);
    const promise = durability && { durability };
    const [only] = operations;
    if (!isSingle || only === undefined) return database.batch(operations, { checks, ...promise });
    const collection = database.collection(only.collection);
    const [check] = checks;
    const options = { ...(check && { ifOffset: check.offset }), ...promise };
    if (only.op === "delete") return collection.delete(only.key, options);
    const { key, value, expires } = only;
    return collection.put(key, value, { ...options, ...(expires !== undefined && { expires }) });
  }

  async #read(database: Modelled, collection: string): Promise<void> {
    const reader = this.#store.database(database.name).collection(collection);
    const shown = listed(this.#visible(database), collection, this.#nowMs);
    equal(reader.count(), shown.length);
    const keys = [...shown.map(({ key }) => key), "no such key"];
    const [values, present] = await Promise.all([reader.getMany(keys), reader.has("no such key")]);
    deepStrictEqual(values.map(comparable), [
      ...shown.map(({ value }) => comparable(value)),
      undefined,
    ]);
    equal(present, false);
  }

  async #list(
    database: Modelled,
    { collection, range }: Extract<Step, { readonly type: "list" }>,
  ): Promise<void> {
    const reader = this.#store.database(database.name).collection(collection);
    const expected = listed(this.#visible(database), collection, this.#nowMs, range);
    equal(reader.count(range), expected.length);
    const entries = await Array.fromAsync(reader.list(range));
    deepStrictEqual(entries.map(comparableEntry), expected.map(comparableEntry));
  }

  async #hold(database: Modelled): Promise<void> {
    const handle = this.#store.database(database.name);
    const state = this.#visible(database);
    const nowMs = this.#nowMs;
    const snapshot = handle.snapshot();
    // Begun in this turn, so that all see the same.
    const begun = collections.map((collection) => {
      const entries = handle.collection(collection).list();
      return { collection, entries, first: entries.next() };
    });
    const iterations: Held["iterations"][number][] = [];
    for (const { first, ...rest } of begun) iterations.push({ ...rest, begun: await first });
    this.#held.push({ snapshot, iterations, state, nowMs });
  }

  /** Reads the oldest snapshot and ends its iterations. */
  async #readHeld(close: boolean): Promise<void> {
    const [held] = this.#held;
    if (held === undefined) return;
    const { snapshot, iterations, state, nowMs } = held;
    for (const { collection, entries, begun } of iterations) {
      const expected = listed(state, collection, nowMs).map(comparableEntry);
      const shown = await Array.fromAsync(snapshot.collection(collection).list());
      deepStrictEqual(shown.map(comparableEntry), expected);
      const seen: unknown[] = [];
      for (let step = begun; step.done !== true; step = await entries.next()) {
        seen.push(comparableEntry(step.value));
      }
      deepStrictEqual(seen, expected);
    }
    this.#held.shift();
    if (close) snapshot.close();
    else this.#held.push({ ...held, iterations: [] });
  }

  async #drop(database: Modelled): Promise<void> {
    await this.#settle();
    if (!database.exists) return;
    await this.#store.dropDatabase(database.name);
    Object.assign(database, newDatabase(database.name));
  }

  async #reopen(): Promise<void> {
    while (this.#held.length > 0) await this.#readHeld(true);
    const closing = this.#store.close();
    await this.#settle();
    await closing;
    for (const database of this.#databases) {
      database.acknowledgedEnd = database.history.end;
      database.durableEnd = database.history.end;
    }
    this.#store = await this.#machine.open(this.#options);
    this.#adopt(true);
  }

  async #crash(step: CrashStep): Promise<void> {
    const { operations, taken, survival, closing, reopening } = step;
    const powerCut = survival !== undefined;
    let cuts = 0;
    const crash = (): void => {
      if (powerCut) this.#machine.cutPower(randomSurvival(survival + cuts++));
      else this.#machine.killProcess();
    };
    this.#isFailing = true;
    this.#machine.haltAfter(operations, taken);
    if (closing) this.#expect(this.#store.close());
    await this.#settle();
    crash();
    this.#held = [];
    for (const before of reopening) {
      this.#machine.haltAfter(before, taken);
      try {
        this.#store = await this.#machine.open(this.#options);
        this.#adopt(powerCut);
      } catch (error) {
        if (!(error instanceof Error && /has lost power/.test(error.message))) throw error;
      }
      crash();
    }
    this.#store = await this.#machine.open(this.#options);
    this.#isFailing = false;
    this.#adopt(powerCut);
  }

  /** Takes over what an open store has recovered, if it may be that. */
  #adopt(powerCut: boolean): void {
    for (const database of this.#databases) {
      const { name, history, durableEnd, acknowledgedEnd } = database;
      const status = this.#store.database(name).status();
      equal(status !== undefined, database.exists);
      if (status === undefined) continue;
      const { endOffset, highWatermark } = status;
      const least = powerCut ? durableEnd : acknowledgedEnd;
      ok(endOffset >= least, `${name} ends at ${endOffset}, ${least} was promised`);
      ok(endOffset <= history.end, `${name} ends at ${endOffset}, ${history.end} was written`);
      ok(history.isBatchBoundary(endOffset), `${name} has a batch in part at ${endOffset}`);
      equal(highWatermark, endOffset);
      history.cut(endOffset);
      database.durableEnd = endOffset;
      database.acknowledgedEnd = endOffset;
      this.#compare(database);
    }
  }

  /** Every key shows what the model says, and there is no other. */
  #compare(database: Modelled): void {
    const state = this.#visible(database);
    const handle: Database = this.#store.database(database.name);
    for (const collection of collections) {
      const reader = handle.collection(collection);
      const expected = listed(state, collection, this.#nowMs);
      equal(reader.count(), expected.length);
      for (const entry of expected) {
        deepStrictEqual(comparableEntry(reader.getEntry(entry.key)), comparableEntry(entry));
      }
    }
  }

  /** Has an answer waited for by the next `#settle`. */
  #expect(answer: Promise<unknown>): void {
    const checked = this.#check(answer);
    checked.catch(() => {}); // Thrown by `#settle`.
    this.#answers.push(checked);
  }

  async #check(answer: Promise<unknown>): Promise<void> {
    try {
      await answer;
    } catch (error) {
      if (!this.#isFailing) throw error;
    }
  }

  async #settle(): Promise<void> {
    await Promise.all(this.#answers.splice(0));
  }
}

const newDatabase = (name: string): Modelled => ({
  name,
  history: new History(),
  exists: false,
  durableEnd: 0,
  acknowledgedEnd: 0,
});

/** What still waits for its turn when the store is closed is told so. */
function unlessClosed(error: unknown): void {
  if (!(error instanceof ClosedError)) throw error;
}

/** Bytes read back as a Buffer, whatever they were. */
const comparable = (value: Storable | undefined): unknown =>
  value instanceof Uint8Array ? { bytes: Buffer.from(value).toString("hex") } : value;

const comparableEntry = (entry: Entry | undefined): unknown =>
  entry && { ...entry, value: comparable(entry.value) };
