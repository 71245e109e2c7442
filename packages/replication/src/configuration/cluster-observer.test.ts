import { epoch } from "@boxerdb/engine";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { ManualClock } from "../../test/cluster/manual-clock.ts";
import { RecordedLog } from "../../test/cluster/recorded-log.ts";
import { outcomeOf, settled } from "../../test/configuration/outcome.ts";
import { wireToMemory, type Wire } from "../../test/configuration/wire.ts";
import { ConfigurationUnavailableError } from "../errors.ts";

import { ClusterObserver } from "./cluster-observer.ts";
import {
  revision,
  type ClusterView,
  type ConfigurationManager,
  type DatabaseState,
} from "./configuration-manager.ts";
import { MemoryConfiguration } from "./memory-configuration.ts";

const replica = { nodeId: "a", directoryId: "disk-a" };
const led: DatabaseState = { id: "x", epoch: epoch(1), leader: replica, inSync: [replica] };
const address = { nodeId: "a", peerUrl: "http://a:8081", publicUrl: "http://a:8080" };
const timeoutMs = 100;
const pollMs = 1_000;

const beganMessage = "cannot read what the cluster has agreed on: going on with what is known";

/** An observer on a wire that brings no hints, and what it tells. */
function observerOn(wire: Wire) {
  wire.hintDelaysMs = [];
  const log = new RecordedLog();
  const { clock, manager } = wire;
  const observer = new ClusterObserver({ manager, clock, log });
  const told: ClusterView[] = [];
  observer.subscribe((view) => told.push(view));
  return { observer, log, told };
}

/** Brings a database to its next epoch, whatever it is now. */
function change(configuration: MemoryConfiguration, name = "orders"): void {
  const current = configuration.view().databases.get(name);
  const next = { ...led, epoch: epoch((current?.state.epoch ?? 0) + 1) };
  const result = configuration.compareAndSet(name, current?.revision, next);
  if (!result.applied) throw new Error("nobody else changes it");
}

describe("reads", () => {
  test("come at the start, and then at least every second", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    const { observer, told } = observerOn(wire);
    expect(observer.view).toBeUndefined();
    expect(observer.sinceReadMs).toBe(Infinity);
    observer.start();
    await settled();
    expect(told).toEqual([configuration.view()]);
    change(configuration);
    await wire.pass(pollMs - 1);
    expect(told).toHaveLength(1);
    await wire.pass(1);
    expect(told.slice(1)).toEqual([configuration.view()]);
    // Nothing has changed since.
    await wire.pass(3 * pollMs, 100);
    expect(told).toHaveLength(2);
    expect(wire.calls).toHaveLength(1 + 4);
  });

  test("come with each hint, and the next one then later", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    const { observer, told } = observerOn(wire);
    wire.hintDelaysMs = [5];
    observer.start();
    await wire.pass(500);
    change(configuration);
    await wire.pass(5);
    expect(told.at(-1)).toEqual(configuration.view());
    expect(wire.calls).toHaveLength(2);
    await wire.pass(pollMs - 1, 1);
    expect(wire.calls).toHaveLength(2);
    await wire.pass(1);
    expect(wire.calls).toHaveLength(3);
  });

  test("go one at a time; many hints during one ask for one more", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    const { observer, told } = observerOn(wire);
    wire.fates.push({ replyMs: 50 }, { replyMs: 50 });
    observer.start();
    for (let hint = 0; hint < 4; hint++) {
      change(configuration);
      wire.manager.hint();
      await wire.pass(10);
    }
    expect(wire.calls).toHaveLength(1);
    await wire.pass(10);
    expect(wire.calls).toHaveLength(2);
    // What was read at the start is older than the changes.
    expect(told.map((view) => view.revision)).toEqual([0]);
    await wire.pass(50);
    expect(told.map((view) => view.revision)).toEqual([0, 4]);
    await wire.pass(pollMs - 1);
    expect(wire.calls).toHaveLength(2);
  });
});

describe("what compare-and-sets told", () => {
  test("is known at once, and a slow read does not bring back what was before", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    change(configuration);
    const { observer, told } = observerOn(wire);
    observer.start();
    await settled();
    const before = observer.view?.databases.get("orders") ?? expect.fail();
    const next = { ...led, epoch: epoch(2) };
    wire.fates.push({ replyMs: 80 });
    observer.refresh();
    await settled();
    const result = await wire.manager.compareAndSet("orders", before.revision, next);
    observer.noteResult("orders", next, result);
    expect(told.at(-1)?.databases.get("orders")?.state).toEqual(next);
    const count = told.length;
    await wire.pass(80);
    expect(observer.view).toEqual(configuration.view());
    expect(told).toHaveLength(count);
    // One at the start, one that was slow, one after the result.
    expect(wire.calls.filter((method) => method === "read")).toHaveLength(3);
  });

  test("is what another one did, where it came first", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    const { observer, told } = observerOn(wire);
    observer.start();
    await settled();
    change(configuration);
    wire.fates.push({}, { requestMs: Infinity });
    const result = await wire.manager.compareAndSet("orders", undefined, { ...led, id: "mine" });
    observer.noteResult("orders", led, result);
    expect(told.at(-1)?.databases.get("orders")?.state.id).toBe("x");
    change(configuration);
    await wire.pass(timeoutMs + pollMs, 10);
    expect(observer.view).toEqual(configuration.view());
  });

  test("is that a database is gone", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    change(configuration);
    const { observer } = observerOn(wire);
    observer.start();
    await settled();
    const made = observer.view?.databases.get("orders") ?? expect.fail();
    const result = await wire.manager.compareAndSet("orders", made.revision, undefined);
    wire.fates.push({ requestMs: Infinity });
    observer.noteResult("orders", undefined, result);
    expect(observer.view?.databases.size).toBe(0);
    // Somebody tells late what was before.
    observer.noteState("orders", made);
    expect(observer.view?.databases.size).toBe(0);
    await wire.pass(timeoutMs + pollMs, 10);

    // One who is told by a conflict that it is gone learns so by reading.
    const other = observerOn(wire).observer;
    other.noteState("orders", made);
    other.noteResult("orders", led, { applied: false, current: undefined });
    await settled();
    expect(other.view).toEqual(configuration.view());
  });
});

describe("a manager that does not answer", () => {
  test("leaves what is known, and is asked on; the log says so once", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    change(configuration);
    const { observer, log, told } = observerOn(wire);
    observer.start();
    await wire.pass(10);
    expect(observer.sinceReadMs).toBe(10);
    const known = observer.view;
    wire.manager.isDown = true;
    change(configuration);
    await wire.pass(5 * pollMs - 10, 10);
    expect(observer.isStale).toBe(false);
    await wire.pass(1);
    expect(observer.isStale).toBe(true);
    expect(observer.sinceReadMs).toBe(5 * pollMs + 1);
    expect(observer.view).toBe(known);
    await wire.pass(20 * pollMs, 10);
    expect(log.lines.map(({ message }) => message)).toEqual([beganMessage]);
    expect(wire.calls.length).toBeGreaterThan(20);

    wire.manager.isDown = false;
    await wire.pass(pollMs + timeoutMs, 10);
    expect(observer.view).toEqual(configuration.view());
    expect(observer.isStale).toBe(false);
    expect(told).toHaveLength(2);
    expect(log.lines.map(({ message }) => message)).toEqual([
      beganMessage,
      "what the cluster has agreed on can be read again",
    ]);
  });

  test("is not asked faster because of hints", async () => {
    const { wire } = wireToMemory(timeoutMs);
    const { observer } = observerOn(wire);
    for (let call = 0; call < 100; call++) wire.fates.push({ requestMs: Infinity });
    observer.start();
    for (let ms = 0; ms < 10 * (pollMs + timeoutMs); ms += 10) {
      if (observer.sinceReadMs === Infinity && wire.clock.timers > 0) {
        // While a read is under way only.
        if (ms % (pollMs + timeoutMs) < timeoutMs) wire.manager.hint();
      }
      await wire.pass(10);
    }
    expect(wire.calls.length).toBeLessThanOrEqual(11);
    expect(wire.calls.length).toBeGreaterThan(5);
  });

  test("is stale by the age of what it says, not by when it said so", async () => {
    const { wire } = wireToMemory(10 * pollMs);
    const { observer } = observerOn(wire);
    wire.fates.push({ replyMs: 3_000 });
    observer.start();
    await wire.pass(3_000);
    expect(observer.view).toBeDefined();
    expect(observer.sinceReadMs).toBe(3_000);
  });
});

test("a manager that was set back is not believed, and is told of", async () => {
  const clock = new ManualClock();
  const configuration = new MemoryConfiguration("cluster", clock);
  change(configuration);
  change(configuration);
  const set = { back: false };
  const connection = configuration.connect();
  const manager: ConfigurationManager = {
    read: async () => {
      const view = await connection.read();
      return set.back ? { ...view, revision: revision(1), databases: new Map() } : view;
    },
    compareAndSet: (name, expected, next) => connection.compareAndSet(name, expected, next),
    register: (node, ttlMs) => connection.register(node, ttlMs),
    watch: (listener) => connection.watch(listener),
    close: () => connection.close(),
  };
  const log = new RecordedLog();
  const observer = new ClusterObserver({ manager, clock, log });
  observer.start();
  await settled();
  const known = observer.view;
  expect(known?.databases.size).toBe(1);
  set.back = true;
  for (let poll = 0; poll < 10; poll++) {
    clock.advance(pollMs);
    await settled();
  }
  expect(observer.view).toBe(known);
  expect(observer.isStale).toBe(true);
  expect(log.errorsOf(beganMessage)).toEqual([
    "the configuration manager answers as of change 1, and had gone on from there: if its data was " +
      "restored from a backup, restart this node",
  ]);
});

describe("whoever needs to know what has been agreed on by now", () => {
  test("is told by a read that was sent after the question", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    const { observer } = observerOn(wire);
    observer.start();
    await settled();
    // One is under way that was answered before the change.
    wire.fates.push({ replyMs: 20 });
    observer.refresh();
    await settled();
    change(configuration);
    const asked = outcomeOf(observer.readAnew());
    await wire.pass(19);
    expect(asked.outcome).toBe("waiting");
    await wire.pass(1);
    expect(asked.outcome).toEqual(configuration.view());
  });

  test("is told where the manager does not answer", async () => {
    const { wire } = wireToMemory(timeoutMs);
    const { observer, log } = observerOn(wire);
    observer.start();
    await settled();
    wire.manager.isDown = true;
    const asked = outcomeOf(observer.readAnew());
    await wire.pass(timeoutMs);
    expect(asked.outcome).toBeInstanceOf(ConfigurationUnavailableError);
    expect(log.count(beganMessage)).toBe(1);
  });

  test("is told where the observer is closed, before or meanwhile", async () => {
    const { wire } = wireToMemory(timeoutMs);
    const { observer } = observerOn(wire);
    observer.start();
    await settled();
    wire.fates.push({ replyMs: 10 });
    const asked = [outcomeOf(observer.readAnew()), outcomeOf(observer.readAnew())];
    observer.close();
    asked.push(outcomeOf(observer.readAnew()));
    await wire.pass(10);
    for (const { outcome } of asked) expect(outcome).toBeInstanceOf(ConfigurationUnavailableError);
  });
});

describe("an observer that is closed", () => {
  test("reads and tells nothing any more", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    const { observer, told } = observerOn(wire);
    observer.start();
    await settled();
    wire.fates.push({ replyMs: 10 });
    observer.refresh();
    change(configuration);
    await wire.pass(5);
    const known = observer.view;
    observer.close();
    observer.refresh();
    wire.manager.hint();
    observer.noteState("orders", { state: led, revision: revision(9) });
    await wire.pass(5);
    expect(wire.clock.timers).toBe(0);
    expect(observer.view).toBe(known);
    await wire.pass(10 * pollMs, 100);
    expect(told).toHaveLength(1);
    expect(wire.calls).toHaveLength(2);
  });

  test("logs no failure that it does not wait for", async () => {
    const { wire } = wireToMemory(timeoutMs);
    const { observer, log } = observerOn(wire);
    wire.manager.isDown = true;
    observer.start();
    observer.close();
    await wire.pass(10 * pollMs, 100);
    expect(log.lines).toEqual([]);
    expect(wire.clock.timers).toBe(0);
  });
});

test("who does not listen any more is told nothing", async () => {
  const { configuration, wire } = wireToMemory(timeoutMs);
  const { observer, told } = observerOn(wire);
  let count = 0;
  const stop = observer.subscribe(() => count++);
  observer.start();
  await settled();
  stop();
  change(configuration);
  await wire.pass(pollMs);
  expect(count).toBe(1);
  expect(told).toHaveLength(2);
});

test("on a wire of all faults it never goes back, and is up to date once they end", async () => {
  const delayMs = fc.oneof(
    { weight: 4, arbitrary: fc.nat(80) },
    { weight: 1, arbitrary: fc.constant(Infinity) },
  );
  const name = fc.constantFrom("orders", "users");
  const event = fc.oneof(
    { weight: 3, arbitrary: fc.record({ type: fc.constant("change" as const), name }) },
    fc.record({ type: fc.constant("remove" as const), name }),
    fc.record({ type: fc.constant("register" as const), name }),
    fc.record({ type: fc.constant("note" as const), name, at: fc.nat() }),
    fc.record({ type: fc.constantFrom("hint" as const, "down" as const, "up" as const), name }),
  );
  const history = fc.record({
    fates: fc.array(fc.record({ requestMs: delayMs, replyMs: delayMs }), { maxLength: 30 }),
    hintDelaysMs: fc.array(fc.nat(100), { maxLength: 2 }),
    events: fc.array(fc.record({ event, afterMs: fc.nat(200) }), {
      minLength: 10,
      maxLength: 40,
      size: "max",
    }),
  });
  let timesTold = 0;
  await fc.assert(
    fc.asyncProperty(history, async ({ fates, hintDelaysMs, events }) => {
      const { configuration, wire } = wireToMemory(timeoutMs);
      const { observer } = observerOn(wire);
      wire.hintDelaysMs = hintDelaysMs;
      wire.fates.push(...fates);
      /** By database: the revisions of its states, and of its removals with undefined. */
      const past: Record<string, { revision: number; state: DatabaseState | undefined }[]> = {
        orders: [],
        users: [],
      };
      const newest = new Map<string, number>();
      observer.subscribe((view) => {
        timesTold++;
        for (const [name, states] of Object.entries(past)) {
          // Where it is gone: since the first removal that is not older than what was told before.
          const told = newest.get(name) ?? 0;
          const known =
            view.databases.get(name)?.revision ??
            states.find((made) => made.state === undefined && made.revision >= told)?.revision;
          // Where it never was there, that says nothing of what came since.
          if (told === 0 && !view.databases.has(name)) continue;
          expect(known).toBeGreaterThanOrEqual(told);
          newest.set(name, known ?? told);
        }
      });
      observer.start();
      for (const { event, afterMs } of events) {
        const states = past[event.name] ?? expect.fail();
        const current = configuration.view().databases.get(event.name);
        if (event.type === "change") {
          change(configuration, event.name);
          const made = configuration.view().databases.get(event.name) ?? expect.fail();
          states.push(made);
        } else if (event.type === "remove" && current !== undefined) {
          const result = configuration.compareAndSet(event.name, current.revision, undefined);
          if (result.applied) states.push({ revision: result.revision, state: undefined });
        } else if (event.type === "register") {
          configuration.register({ ...address, nodeId: event.name }, 300);
        } else if (event.type === "note" && states.length > 0) {
          const told = states[event.at % states.length] ?? expect.fail();
          const at = revision(told.revision);
          if (told.state === undefined) observer.noteRemoved(event.name, at);
          else observer.noteState(event.name, { state: told.state, revision: at });
        } else if (event.type === "hint") {
          wire.manager.hint();
        } else {
          wire.manager.isDown = event.type === "down";
        }
        await wire.pass(afterMs, 20);
      }
      wire.manager.isDown = false;
      wire.fates.length = 0;
      await wire.pass(2 * (pollMs + timeoutMs), 50);
      const { databases, nodes } = configuration.view();
      expect({ databases: observer.view?.databases, nodes: observer.view?.nodes }).toEqual({
        databases,
        nodes,
      });
      observer.close();
    }),
    { numRuns: 150 },
  );
  expect(timesTold).toBeGreaterThan(500);
});
