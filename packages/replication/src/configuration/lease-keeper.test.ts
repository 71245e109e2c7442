import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { ManualClock } from "../../test/cluster/manual-clock.ts";
import { RecordedLog } from "../../test/cluster/recorded-log.ts";
import { outcomeOf, settled } from "../../test/configuration/outcome.ts";
import { PausableClock } from "../../test/configuration/pausable-clock.ts";
import { Wire, wireToMemory } from "../../test/configuration/wire.ts";
import type { NodeClock } from "../node-clock.ts";

import type { NodeAddress } from "./configuration-manager.ts";
import { LeaseKeeper } from "./lease-keeper.ts";
import { MemoryConfiguration } from "./memory-configuration.ts";

const address: NodeAddress = {
  nodeId: "a",
  peerUrl: "http://a.example:8081",
  publicUrl: "http://a.example:8080",
};
// So renewals follow each other by 300, retries by 90, and 810 are relied on.
const ttlMs = 900;
const timeoutMs = 100;

/** A keeper on a wire; what it logs, and how `validUntilMs` changes. */
function keeperOn(wire: Wire, clock: NodeClock = wire.clock) {
  const log = new RecordedLog();
  const changes: [atMs: number, validUntilMs: number][] = [];
  const keeper = new LeaseKeeper({
    manager: wire.manager,
    node: address,
    ttlMs,
    clock,
    log,
    onChange: () => changes.push([clock.monotonicMs(), keeper.validUntilMs]),
  });
  return { keeper, log, changes };
}

const isKnown = (configuration: MemoryConfiguration): boolean =>
  configuration.view().nodes.has(address.nodeId);

test("a node is registered, and stays so", async () => {
  const { configuration, wire } = wireToMemory(timeoutMs);
  const { keeper, log, changes } = keeperOn(wire);
  expect(keeper.isValid(0)).toBe(false);
  keeper.start();
  await settled();
  expect(changes).toEqual([[0, 810]]);
  for (let ms = 0; ms < 20 * ttlMs; ms += 50) {
    await wire.pass(50);
    expect(configuration.view().nodes.get("a")).toEqual(address);
    expect(keeper.isValid(wire.clock.monotonicMs())).toBe(true);
  }
  expect(changes.slice(0, 3)).toEqual([
    [0, 810],
    [300, 1_110],
    [600, 1_410],
  ]);
  expect(wire.calls.filter((method) => method === "register")).toHaveLength(1);
  expect(wire.calls.length).toBe(1 + 20 * 3);
  expect(log.lines.map(({ message }) => message)).toEqual([
    "this node is registered with the cluster",
  ]);
});

describe("what is claimed", () => {
  test("counts from before the call, and not from its answer", async () => {
    const { wire } = wireToMemory(timeoutMs);
    const { keeper } = keeperOn(wire);
    wire.fates.push({ requestMs: 40, replyMs: 50 }, { requestMs: 60, replyMs: 10 });
    keeper.start();
    await wire.pass(90, 10);
    expect(keeper.validUntilMs).toBe(810);
    await wire.pass(280, 10);
    expect(keeper.validUntilMs).toBe(300 + 810);
  });

  test("is nothing where the answer comes after what it grants has ended", async () => {
    const { configuration, wire } = wireToMemory(10 * ttlMs);
    const { keeper, log } = keeperOn(wire);
    wire.fates.push({ replyMs: 5_000 });
    keeper.start();
    await wire.pass(4_999, 100);
    expect(keeper.validUntilMs).toBe(-Infinity);
    expect(isKnown(configuration)).toBe(false);
    wire.clock.advance(1);
    await Promise.resolve();
    await Promise.resolve();
    expect(keeper.isValid(wire.clock.monotonicMs())).toBe(false);
    // It finds that the lease was lost, and registers again.
    await settled();
    await wire.pass(1);
    await wire.pass(1);
    expect(log.count("the lease of this node was lost: registering again")).toBe(1);
    expect(keeper.isValid(wire.clock.monotonicMs())).toBe(true);
    expect(isKnown(configuration)).toBe(true);
  });

  test("does not fall when answers come in another order than calls were sent", async () => {
    const { wire } = wireToMemory(10 * ttlMs);
    const { keeper, changes } = keeperOn(wire);
    keeper.start();
    await settled();
    wire.fates.push({ replyMs: 500 });
    await wire.pass(1_000, 10);
    expect(keeper.validUntilMs).toBe(900 + 810);
    expect(changes).toEqual([
      [0, 810],
      [600, 1_410],
      [900, 1_710],
    ]);
  });

  test("is nothing any more once the lease is known to be lost, whatever older answers say", async () => {
    const { configuration, wire } = wireToMemory(10 * ttlMs);
    const { keeper } = keeperOn(wire);
    keeper.start();
    await settled();
    wire.fates.push({ replyMs: 400 }, {}, { requestMs: Infinity });
    await wire.pass(400, 10);
    configuration.register({ ...address, peerUrl: "http://other.example" }, ttlMs);
    await wire.pass(210, 10);
    expect(wire.calls).toEqual(["register", "renew", "renew", "register"]);
    expect(keeper.validUntilMs).toBe(-Infinity);
    // The answer to the first renewal.
    await wire.pass(90, 10);
    expect(keeper.validUntilMs).toBe(-Infinity);
  });

  test("ends in time where the machine is suspended, of which the monotonic clock knows nothing", async () => {
    const { wire } = wireToMemory(timeoutMs);
    const { keeper } = keeperOn(wire);
    keeper.start();
    await wire.pass(400, 10);
    expect(keeper.isValid(wire.clock.monotonicMs())).toBe(true);
    wire.clock.suspend(809);
    expect(keeper.isValid(wire.clock.monotonicMs())).toBe(false);
    // What is granted from here on is not what was held before.
    await wire.pass(310, 10);
    expect(keeper.isValid(wire.clock.monotonicMs())).toBe(true);
    expect(keeper.heldSinceMs).toBe(600);
  });

  test("ends in time where the process is stopped for longer than the lease", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    const clock = new PausableClock(wire.clock);
    const { keeper, log } = keeperOn(wire, clock);
    keeper.start();
    await wire.pass(400, 10);
    expect(keeper.heldSinceMs).toBe(0);
    clock.pause();
    await wire.pass(5_000, 10);
    expect(isKnown(configuration)).toBe(false);
    expect(keeper.isValid(clock.monotonicMs())).toBe(false);
    // Timers come late, all at once.
    clock.resume();
    expect(keeper.isValid(clock.monotonicMs())).toBe(false);
    await settled();
    expect(keeper.isValid(clock.monotonicMs())).toBe(false);
    expect(log.count("the lease of this node was not renewed in time")).toBe(1);
    await wire.pass(10);
    expect(keeper.isValid(clock.monotonicMs())).toBe(true);
    expect(isKnown(configuration)).toBe(true);
    // It is another lease, and says nothing about what happened in between.
    expect(keeper.heldSinceMs).toBeGreaterThanOrEqual(5_400);
  });

  test("has not ended where a timer comes early", async () => {
    const { wire } = wireToMemory(timeoutMs);
    const { clock } = wire;
    const early: NodeClock = {
      now: () => clock.now(),
      monotonicMs: () => clock.monotonicMs(),
      after: (delayMs, callback) => clock.after(delayMs > 1 ? delayMs - 1 : delayMs, callback),
    };
    const { keeper, log, changes } = keeperOn(wire, early);
    keeper.start();
    await settled();
    wire.manager.isDown = true;
    await wire.pass(809, 1);
    expect(changes).toEqual([[0, 810]]);
    await wire.pass(1);
    expect(changes).toEqual([
      [0, 810],
      [810, 810],
    ]);
    expect(keeper.isValid(clock.monotonicMs())).toBe(false);
    expect(log.count("the lease of this node was not renewed in time")).toBe(1);
  });
});

describe("a manager that fails", () => {
  test.each([
    ["requests", { requestMs: Infinity }],
    ["answers", { replyMs: Infinity }],
  ])("is asked again when %s are lost", async (_, lost) => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    const { keeper, log, changes } = keeperOn(wire);
    wire.fates.push(lost, lost, {}, lost);
    keeper.start();
    await wire.pass(1_000, 10);
    expect(changes).toEqual([
      [380, 380 + 810],
      // Sent at 680, given up at 780.
      [870, 870 + 810],
    ]);
    expect(isKnown(configuration)).toBe(true);
    expect(log.count("cannot keep the lease of this node: trying again")).toBe(2);
    expect(log.count("the lease of this node is kept again")).toBe(2);
  });

  test("for long ends the lease; the node is registered when it is back", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    const { keeper, log, changes } = keeperOn(wire);
    keeper.start();
    await wire.pass(100);
    wire.manager.isDown = true;
    await wire.pass(100 * ttlMs, 10);
    expect(isKnown(configuration)).toBe(false);
    expect(changes).toEqual([
      [0, 810],
      [810, 810],
    ]);
    expect(log.count("cannot keep the lease of this node: trying again")).toBe(1);

    wire.manager.isDown = false;
    await wire.pass(2 * (timeoutMs + 90), 10);
    expect(isKnown(configuration)).toBe(true);
    expect(keeper.isValid(wire.clock.monotonicMs())).toBe(true);
    expect(log.count("the lease of this node is kept again")).toBe(1);
  });

  test("is not asked more often than it answers", async () => {
    const { wire } = wireToMemory(timeoutMs);
    const { keeper } = keeperOn(wire);
    wire.manager.isDown = true;
    keeper.start();
    await wire.pass(10 * ttlMs, 10);
    expect(wire.calls.length).toBeLessThanOrEqual(1 + (10 * ttlMs) / (timeoutMs + 90));
    expect(wire.calls.length).toBeGreaterThan(10);
  });
});

test("a node whose id another takes registers again", async () => {
  const { configuration, wire } = wireToMemory(timeoutMs);
  const { keeper, changes } = keeperOn(wire);
  keeper.start();
  await wire.pass(100);
  configuration.register({ ...address, peerUrl: "http://other.example" }, ttlMs);
  await wire.pass(200);
  await wire.pass(1);
  expect(changes).toEqual([
    [0, 810],
    [300, -Infinity],
    // Sent at 300.
    [301, 1_110],
  ]);
  expect(configuration.view().nodes.get("a")).toEqual(address);
});

describe("a keeper that is closed", () => {
  test("claims nothing from then on, and then lets others know", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    const { keeper, changes } = keeperOn(wire);
    keeper.start();
    await wire.pass(100);
    wire.fates.push({ requestMs: 50 });
    const closed = outcomeOf(keeper.close());
    expect(keeper.isValid(wire.clock.monotonicMs())).toBe(false);
    expect(isKnown(configuration)).toBe(true);
    await wire.pass(50);
    expect(closed.outcome).toBe(undefined);
    expect(isKnown(configuration)).toBe(false);
    expect(changes).toEqual([
      [0, 810],
      [100, -Infinity],
    ]);
    await wire.pass(10 * ttlMs, 10);
    expect(isKnown(configuration)).toBe(false);
    expect(wire.clock.timers).toBe(0);
    await keeper.close();
  });

  test("releases the registration that is under way, and nothing that it brings is claimed", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    const { keeper, changes } = keeperOn(wire);
    wire.fates.push({ replyMs: 50 });
    keeper.start();
    await wire.pass(10);
    expect(isKnown(configuration)).toBe(true);
    const closed = outcomeOf(keeper.close());
    await wire.pass(40);
    expect(closed.outcome).toBe(undefined);
    expect(isKnown(configuration)).toBe(false);
    expect(changes).toEqual([]);
    expect(wire.clock.timers).toBe(0);
  });

  test("ignores a renewal that is under way", async () => {
    const { wire } = wireToMemory(timeoutMs);
    const { keeper } = keeperOn(wire);
    keeper.start();
    await settled();
    wire.fates.push({ replyMs: 50 });
    await wire.pass(310, 10);
    await keeper.close();
    await wire.pass(1_000, 10);
    expect(keeper.validUntilMs).toBe(-Infinity);
    expect(wire.calls).toEqual(["register", "renew", "release"]);
    expect(wire.clock.timers).toBe(0);
  });

  test("leaves the lease to end where the manager is down, and says so", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    const { keeper, log } = keeperOn(wire);
    keeper.start();
    await settled();
    wire.manager.isDown = true;
    const closed = outcomeOf(keeper.close());
    await wire.pass(timeoutMs);
    expect(closed.outcome).toBe(undefined);
    expect(log.count("the lease of this node is left to end by itself")).toBe(1);
    await wire.pass(ttlMs);
    expect(isKnown(configuration)).toBe(false);
    expect(wire.clock.timers).toBe(0);
  });

  test("does not try again what fails then", async () => {
    const { wire } = wireToMemory(timeoutMs);
    const { keeper } = keeperOn(wire);
    wire.manager.isDown = true;
    keeper.start();
    const closed = outcomeOf(keeper.close());
    await wire.pass(10 * ttlMs, 10);
    expect(closed.outcome).toBe(undefined);
    expect(wire.calls).toEqual(["register"]);
    expect(wire.clock.timers).toBe(0);
  });
});

describe("whatever happens on the way and to the process", () => {
  const delayMs = fc.oneof(
    { weight: 3, arbitrary: fc.nat(60) },
    { weight: 1, arbitrary: fc.nat(3 * ttlMs) },
    { weight: 1, arbitrary: fc.constant(Infinity) },
  );
  const step = fc.record({
    event: fc.constantFrom("none", "none", "none", "pause", "resume", "down", "up"),
    steps: fc.integer({ min: 1, max: 40 }),
  });
  const history = fc.record({
    // Clocks are off by less than the margin.
    rate: fc.double({ min: 0.905, max: 1.2, noNaN: true }),
    callTimeoutMs: fc.constantFrom(timeoutMs, 2 * ttlMs),
    fates: fc.array(fc.record({ requestMs: delayMs, replyMs: delayMs }), { maxLength: 40 }),
    steps: fc.array(step, { maxLength: 20 }),
  });

  test("nothing is claimed that others do not know, and in the end the node is known", async () => {
    let validSteps = 0;
    let invalidSteps = 0;
    await fc.assert(
      fc.asyncProperty(history, async ({ rate, callTimeoutMs, fates, steps }) => {
        const manual = new ManualClock();
        const configuration = new MemoryConfiguration("cluster", manual);
        const wire = new Wire(configuration, manual, callTimeoutMs);
        wire.fates.push(...fates);
        const clock = new PausableClock(manual, rate);
        const { keeper } = keeperOn(wire, clock);
        keeper.start();
        for (const { event, steps: count } of steps) {
          if (event === "pause") clock.pause();
          if (event === "resume") clock.resume();
          if (event === "down") wire.manager.isDown = true;
          if (event === "up") wire.manager.isDown = false;
          for (let at = 0; at < count; at++) {
            await wire.pass(15);
            const isValid = keeper.isValid(clock.monotonicMs());
            if (isValid) expect(isKnown(configuration)).toBe(true);
            if (isValid) validSteps++;
            else invalidSteps++;
          }
        }
        clock.resume();
        wire.manager.isDown = false;
        wire.fates.length = 0;
        await wire.pass(2 * callTimeoutMs + 4 * ttlMs, 15);
        expect(keeper.isValid(clock.monotonicMs())).toBe(true);
        const closed = keeper.close();
        expect(keeper.isValid(clock.monotonicMs())).toBe(false);
        await closed;
        expect(isKnown(configuration)).toBe(false);
      }),
      { numRuns: 150 },
    );
    expect(validSteps).toBeGreaterThan(1_000);
    expect(invalidSteps).toBeGreaterThan(1_000);
  });
});
