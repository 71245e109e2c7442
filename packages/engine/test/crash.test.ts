/**
 * Stops the machine at every operation on files of every kind of work, in every way: the process is
 * killed, or the power is cut and what was not synced is lost, kept, or torn. Then stops it again at
 * every operation of the recovery. Whatever comes first, in the end the store holds what it had
 * acknowledged, and of the work that was going on all or nothing.
 */
import { deepStrictEqual, equal } from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";

import {
  logOffset,
  timestampMs,
  type OpenDatabase,
  type Store,
  type StoreOptions,
} from "@boxerdb/engine";
import { test } from "vitest";

import { randomSurvival, type SurvivalRule } from "../src/filesystem/survival.ts";

import { bytesOfRecords, sentRecord } from "./sent-record.ts";
import { SimulatedMachine } from "./simulated-machine.ts";
import { contentsOf, type StoreContents } from "./store-contents.ts";

/** A machine, and the store that is open on it. */
class Session {
  readonly machine: SimulatedMachine;
  #store: Store | undefined;

  constructor(machine: SimulatedMachine) {
    this.machine = machine;
  }

  get store(): Store {
    if (this.#store === undefined) throw new Error("no store is open");
    return this.#store;
  }

  async open(options: StoreOptions = {}): Promise<void> {
    this.#store = await this.machine.open(options);
  }

  async close(): Promise<void> {
    await this.store.close();
    this.#store = undefined;
  }

  async contents(): Promise<StoreContents | undefined> {
    return this.#store && contentsOf(this.#store);
  }
}

/** One piece of work, all or nothing. */
type Action = (session: Session) => Promise<unknown>;

interface Scenario {
  /** Done before, without a crash. */
  readonly preparation: readonly Action[];
  readonly actions: readonly Action[];
}

const open: Action = (session) => session.open();
const close: Action = (session) => session.close();
const compact: Action = ({ store }) => store.compact();
const checkpoint: Action = ({ store }) => store.checkpoint();
/** With a checkpoint at the close. */
const openKeeping: Action = (session) => session.open({ checkpoint: "background" });
const create =
  (name: string): Action =>
  ({ store }) =>
    store.createDatabase(name);
const drop =
  (name: string): Action =>
  ({ store }) =>
    store.dropDatabase(name);
const put =
  (key: string, bytes = 10, database = "one"): Action =>
  ({ store }) =>
    store.database(database).collection("c").put(key, key.repeat(bytes));
/** A value that has expired, on any machine: their clocks all begin with the same time. */
const putExpired =
  (key: string, bytes: number): Action =>
  ({ machine, store }) =>
    store
      .database("one")
      .collection("c")
      .put(key, key.repeat(bytes), { expires: timestampMs(machine.clock.now() - 5_000) });
const remove =
  (key: string): Action =>
  ({ store }) =>
    store.database("one").collection("c").delete(key);
const batch: Action = ({ store }) =>
  store.database("one").batch([
    { op: "put", collection: "c", key: "batched", value: 1 },
    { op: "delete", collection: "c", key: "a" },
    { op: "put", collection: "d", key: "batched", value: [2] },
  ]);
const putTogether: Action = ({ store }) =>
  Promise.all(["x", "y", "z"].map((key) => store.database("one").collection("c").put(key, key)));
/** Has the last group vouched for, as after a while without writes. */
const idle: Action = async ({ machine }) => {
  const before = machine.operations.length;
  machine.clock.advance(2_000);
  while (machine.operations.length === before) await new Promise(setImmediate);
};

/** What another node has sent to a copy: its first epoch, and a put for each letter. */
async function receive(copy: OpenDatabase | undefined, keys: string, bytes: number): Promise<void> {
  if (copy === undefined) throw new Error("there is no copy");
  const records = ["", ...keys.split("")].map((key, at) =>
    sentRecord(at, 1, 0, key, key.repeat(bytes)),
  );
  const end = logOffset(records.length);
  await copy.appendReplicated(bytesOfRecords(records), end);
  copy.advanceHighWatermark(end);
}
const databaseId = "f7b5c1d2-0000-4000-8000-000000000000";
const openReplica: Action = (session) =>
  session.open({ commit: "replicated", checkpoint: "background" });
const replicate =
  (keys: string): Action =>
  async ({ store }) => {
    await store.createReplica("one", databaseId);
    await receive(store.database("one").open, keys, 10);
  };
const gatherCopy =
  (keys: string): Action =>
  async ({ store }) => {
    await receive(await store.beginResync("one", databaseId), keys, 10);
  };
const completeCopy: Action = ({ store }) => store.completeResync("one");
const abandonCopy: Action = ({ store }) => store.abandonResync("one");

const fill = (keys: string, bytes: number): Action[] =>
  keys.split("").map((key) => put(key, bytes));

const scenarios: Readonly<Record<string, Scenario>> = {
  "creating a store and databases": {
    preparation: [],
    actions: [open, create("one"), put("a"), create("Two"), close],
  },
  "appending and closing": {
    preparation: [open, create("one"), put("a")],
    actions: [put("b"), remove("b"), batch, putTogether, close, open, put("c"), close],
  },
  "sealing after a while": {
    preparation: [open, create("one")],
    actions: [put("a"), idle, put("b"), idle, close],
  },
  "rolling to new segments": {
    preparation: [open, create("one"), put("a")],
    actions: [...fill("bcde", 1_500), remove("b"), put("f", 4_090), put("g", 6_000), close],
  },
  "compacting, and compacting what was compacted": {
    preparation: [open, create("one"), ...fill("abcabdabe", 1_300), remove("d"), put("f", 1_300)],
    actions: [compact, ...fill("abgg", 1_300), remove("c"), put("h", 2_000), compact, close],
  },
  "compacting what has expired, and merging what is left": {
    preparation: [
      open,
      create("one"),
      ...fill("ab", 1_300),
      putExpired("c", 1_300),
      putExpired("a", 1_300),
      ...fill("de", 1_300),
      putExpired("b", 1_300),
      put("f", 3_000),
    ],
    actions: [compact, close, open, put("g", 3_000), compact, close],
  },
  "writing a checkpoint, and one in its place": {
    preparation: [open, create("one"), ...fill("abc", 1_300), checkpoint],
    actions: [put("d"), remove("a"), checkpoint],
  },
  "compacting what a checkpoint refers to": {
    preparation: [open, create("one"), ...fill("abcab", 1_300), put("z"), checkpoint],
    actions: [remove("c"), compact, put("f")],
  },
  "closing with a checkpoint, and opening with it": {
    preparation: [openKeeping, create("one"), ...fill("abc", 1_300)],
    actions: [batch, close, open, put("g")],
  },
  "putting a full copy into the place of a database": {
    preparation: [openReplica, replicate("abb")],
    actions: [gatherCopy("ade"), completeCopy],
  },
  "making a full copy where there was nothing, and giving one up": {
    preparation: [openReplica],
    actions: [gatherCopy("a"), abandonCopy, gatherCopy("b"), completeCopy],
  },
  "opening a database again": {
    preparation: [open, create("one"), put("a")],
    actions: [({ store }) => store.reopenDatabase("one"), put("b")],
  },
  "dropping a database and creating it again": {
    preparation: [open, create("one"), ...fill("abc", 1_500), create("Two"), put("a", 10, "Two")],
    actions: [drop("one"), create("one"), put("z"), close],
  },
};

/** The ways in which a machine can stop. */
const stops: Readonly<Record<string, "kill" | SurvivalRule>> = {
  "the process was killed": "kill",
  "of what was unsynced nothing survived": () => false,
  "of what was unsynced all survived": () => true,
  "of what was unsynced the sizes survived": () => "size",
  "of what was unsynced something survived (1)": randomSurvival(1),
  "of what was unsynced something survived (2)": randomSurvival(2),
};

for (const [name, scenario] of Object.entries(scenarios)) {
  test(`a crash at any operation of ${name} loses nothing that was acknowledged`, async () => {
    const { states, operations } = await rehearse(scenario);
    for (const [how, stop] of Object.entries(stops)) {
      for (const [index, { kind }] of operations.entries()) {
        for (const taken of kind === "write" ? [0, 0.5] : [0]) {
          const { machine, allowed } = await interrupt(scenario, states, index, taken, stop);
          await recover(machine, allowed, `${how} at operation ${index}, ${kind} (${taken})`);
        }
      }
    }
  });
}

/** Runs a scenario to its end: what the store holds before it and after each action, and all operations. */
async function rehearse({ preparation, actions }: Scenario): Promise<{
  readonly states: readonly StoreContents[];
  readonly operations: SimulatedMachine["operations"];
}> {
  const machine = new SimulatedMachine();
  const session = new Session(machine);
  for (const action of preparation) await action(session);
  let state = (await session.contents()) ?? {};
  const states = [state];
  const before = machine.operations.length;
  let operations = machine.operations;
  for (const action of actions) {
    await action(session);
    operations = machine.operations;
    state = (await session.contents()) ?? state;
    states.push(state);
  }
  return { states, operations: operations.slice(before) };
}

/** Runs a scenario until it is stopped at an operation; `allowed` is what the store may hold then. */
async function interrupt(
  { preparation, actions }: Scenario,
  states: readonly StoreContents[],
  operation: number,
  taken: number,
  stop: "kill" | SurvivalRule,
): Promise<{ readonly machine: SimulatedMachine; readonly allowed: readonly StoreContents[] }> {
  const machine = new SimulatedMachine();
  const session = new Session(machine);
  for (const action of preparation) await action(session);
  machine.haltAfter(operation, taken);
  let done = 0;
  try {
    for (const action of actions) {
      await action(session);
      done++;
    }
  } catch (error) {
    if (!isOfCrash(error)) throw error;
  }
  stopBy(machine, stop);
  return { machine, allowed: states.slice(done, done + 2) };
}

/** Opens the store undisturbed, and once for each operation of that at which it can be stopped again. */
async function recover(
  machine: SimulatedMachine,
  allowed: readonly StoreContents[],
  place: string,
): Promise<void> {
  const opening = await expectUsable(machine.disk.clone(), allowed, place);
  for (let operation = 0; operation < opening; operation++) {
    for (const [how, stop] of Object.entries(stops).slice(0, 2)) {
      const stopped = new SimulatedMachine(machine.disk.clone());
      stopped.haltAfter(operation, 0.5);
      await stopped.open().catch((error: unknown) => {
        if (!isOfCrash(error)) throw error;
      });
      stopBy(stopped, stop);
      const again = `${place}, then ${how} at operation ${operation} of the recovery`;
      await expectUsable(stopped.disk, allowed, again);
    }
  }
}

/**
 * The store on a disk opens, holds one of `allowed` for good, has left nothing behind and takes
 * writes. Resolves to how many operations the first opening took.
 */
async function expectUsable(
  disk: SimulatedMachine["disk"],
  allowed: readonly StoreContents[],
  place: string,
): Promise<number> {
  const machine = new SimulatedMachine(disk.clone());
  const store = await machine.open();
  const contents = await contentsOf(store);
  const opening = machine.operations.length;
  if (!allowed.some((state) => isDeepStrictEqual(contents, state))) {
    deepStrictEqual(contents, allowed.at(-1), place);
  }
  const leftovers = machine.disk.fileNames().filter((path) => /\.tmp$|\/_/.test(path));
  deepStrictEqual(leftovers, [], place);

  // What was shown is durable,
  machine.cutPower(() => false);
  const again = await machine.open();
  equal(again.id, store.id, place);
  deepStrictEqual(await contentsOf(again), contents, place);

  // and so is what is built on it.
  const next = new SimulatedMachine(disk);
  const { id } = await writeProbe(next, contents["one"]?.endOffset ?? 1, place);
  next.cutPower(() => false);
  const last = await next.open();
  equal(last.id, id, place);
  equal(last.database("one").collection("c").getSync("probe"), "probe", place);
  await last.close();
  return opening;
}

async function writeProbe(
  machine: SimulatedMachine,
  offset: number,
  place: string,
): Promise<Store> {
  const store = await machine.open();
  equal(await store.database("one").collection("c").put("probe", "probe"), offset, place);
  return store;
}

function stopBy(machine: SimulatedMachine, stop: "kill" | SurvivalRule): void {
  if (stop === "kill") machine.killProcess();
  else machine.cutPower(stop);
}

/** Whether an error only tells that the machine has come to a halt. */
const isOfCrash = (error: unknown): boolean =>
  error instanceof Error && (/has lost power/.test(error.message) || isOfCrash(error.cause));
