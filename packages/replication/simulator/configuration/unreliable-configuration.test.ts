import { epoch } from "@boxerdb/engine";
import { describe, expect, test } from "vitest";

import type {
  ConfigurationManager,
  DatabaseState,
} from "../../src/configuration/configuration-manager.ts";
import { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";
import { ConfigurationUnavailableError, LeaseLostError } from "../../src/errors.ts";
import { ManualClock } from "../../test/cluster/manual-clock.ts";
import { describeConfigurationManager } from "../../test/configuration/contract.ts";
import { outcomeOf, settled } from "../../test/configuration/outcome.ts";
import { wireToMemory, Wire } from "../../test/configuration/wire.ts";

import { noManagerFaults, randomManagerFaults, type CallFate } from "./manager-faults.ts";
import { RegistrationOrder } from "./registration-order.ts";
import { UnreliableConfiguration } from "./unreliable-configuration.ts";

const replica = { nodeId: "a", directoryId: "disk-a" };
const led: DatabaseState = { id: "x", epoch: epoch(1), leader: replica, inSync: [replica] };
const address = { nodeId: "a", peerUrl: "http://a:8081", publicUrl: "http://a:8080" };
const timeoutMs = 100;

describeConfigurationManager("in memory, over a wire without faults", async () => {
  const clock = new ManualClock();
  const configuration = new MemoryConfiguration("cluster", clock);
  return {
    connect: async (): Promise<ConfigurationManager> =>
      new UnreliableConfiguration({
        manager: configuration.connect(),
        clock,
        timeoutMs,
        faults: noManagerFaults,
      }),
    ttlMs: 10_000,
    slackMs: 0,
    pass: async (delayMs) => clock.advance(delayMs),
    [Symbol.asyncDispose]: async () => {},
  };
});

describe("a call", () => {
  test("takes its time, and is done in between", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    wire.fates.push({ requestMs: 30, replyMs: 40 });
    const call = outcomeOf(wire.manager.compareAndSet("orders", undefined, led));
    await wire.pass(29);
    expect(configuration.view().databases.size).toBe(0);
    await wire.pass(1);
    expect(configuration.view().databases.size).toBe(1);
    await wire.pass(39);
    expect(call.outcome).toBe("waiting");
    await wire.pass(1);
    expect(call.outcome).toEqual({ applied: true, revision: 1 });
    expect(wire.clock.timers).toBe(0);
  });

  test.each<[what: string, fate: Partial<CallFate>, isDone: boolean]>([
    ["whose request is lost is not done", { requestMs: Infinity }, false],
    ["whose answer is lost is done", { replyMs: Infinity }, true],
    ["whose answer comes too late is done", { requestMs: 50, replyMs: 51 }, true],
  ])("%s, and is given up in time", async (_, fate, isDone) => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    wire.fates.push(fate);
    const call = outcomeOf(wire.manager.compareAndSet("orders", undefined, led));
    await wire.pass(timeoutMs - 1);
    expect(call.outcome).toBe("waiting");
    await wire.pass(1);
    expect(call.outcome).toBeInstanceOf(ConfigurationUnavailableError);
    await wire.pass(10 * timeoutMs);
    expect(configuration.view().databases.has("orders")).toBe(isDone);
  });

  test("can be done after it was given up", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    wire.fates.push({ requestMs: 3 * timeoutMs });
    const call = outcomeOf(wire.manager.compareAndSet("orders", undefined, led));
    await wire.pass(timeoutMs);
    expect(call.outcome).toBeInstanceOf(ConfigurationUnavailableError);
    expect(configuration.view().databases.size).toBe(0);
    await wire.pass(2 * timeoutMs);
    expect(configuration.view().databases.size).toBe(1);
  });

  test("that was given up and comes late loses against what came in between", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    wire.fates.push({ requestMs: 3 * timeoutMs });
    const late = outcomeOf(wire.manager.compareAndSet("orders", undefined, led));
    await wire.pass(timeoutMs);
    const other = { ...led, id: "y" };
    expect((await wire.manager.compareAndSet("orders", undefined, other)).applied).toBe(true);
    await wire.pass(2 * timeoutMs);
    expect(late.outcome).toBeInstanceOf(ConfigurationUnavailableError);
    expect(configuration.view().databases.get("orders")?.state.id).toBe("y");
  });

  test("that is a bug is told so, also where its answer would be lost", async () => {
    const { wire } = wireToMemory(timeoutMs);
    wire.fates.push({ requestMs: 10, replyMs: Infinity });
    const call = outcomeOf(wire.manager.compareAndSet("orders", undefined, { ...led, inSync: [] }));
    await wire.pass(10);
    expect(String(call.outcome)).toContain("assertion failed");
  });

  test("is made in vain while the manager is down, and works again afterwards", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    wire.fates.push({ requestMs: 10 }, { replyMs: 10 }, { requestMs: 50 });
    const asked = outcomeOf(wire.manager.compareAndSet("orders", undefined, led));
    const answered = outcomeOf(wire.manager.compareAndSet("users", undefined, led));
    await settled();
    wire.manager.isDown = true;
    const during = outcomeOf(wire.manager.compareAndSet("later", undefined, led));
    await wire.pass(20);
    wire.manager.isDown = false;
    await wire.pass(timeoutMs);
    for (const { outcome } of [asked, answered, during]) {
      expect(outcome).toBeInstanceOf(ConfigurationUnavailableError);
    }
    expect([...configuration.view().databases.keys()]).toEqual(["users"]);
    expect((await wire.manager.read()).databases.size).toBe(1);
  });
});

describe("a lease", () => {
  test("is renewed and released over the same wire", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    const lease = await wire.manager.register(address, 1_000);
    await wire.pass(900);
    wire.fates.push({ requestMs: 50, replyMs: Infinity });
    const renewal = outcomeOf(lease.renew());
    await wire.pass(timeoutMs);
    expect(renewal.outcome).toBeInstanceOf(ConfigurationUnavailableError);
    expect(configuration.view().nodes.size).toBe(1);
    wire.fates.push({ requestMs: Infinity });
    const release = outcomeOf(lease.release());
    await wire.pass(timeoutMs);
    expect(release.outcome).toBeInstanceOf(ConfigurationUnavailableError);
    await wire.pass(900);
    expect(configuration.view().nodes.size).toBe(0);
    await expect(lease.renew()).rejects.toBeInstanceOf(LeaseLostError);
  });

  test("that comes late does not replace one that was asked for later, by whomever", async () => {
    const clock = new ManualClock();
    const configuration = new MemoryConfiguration("cluster", clock);
    const order = new RegistrationOrder();
    const [before, after] = [
      new Wire(configuration, clock, timeoutMs, order),
      new Wire(configuration, clock, timeoutMs, order),
    ];
    before.fates.push({ requestMs: 50 }, { requestMs: 50 });
    const late = outcomeOf(before.manager.register(address, 1_000));
    const other = outcomeOf(before.manager.register({ ...address, nodeId: "b" }, 1_000));
    const restarted = { ...address, peerUrl: "http://a:9081" };
    const lease = await after.manager.register(restarted, 1_000);
    await before.pass(50);
    expect(late.outcome).toBeInstanceOf(ConfigurationUnavailableError);
    expect(other.outcome).not.toBeInstanceOf(Error);
    expect(configuration.view().nodes.get("a")).toEqual(restarted);
    await lease.renew();
  });
});

describe("a hint", () => {
  test("comes as often and as late as it is told to, and in vain while the manager is down", async () => {
    const { configuration, wire } = wireToMemory(timeoutMs);
    let hints = 0;
    const stop = wire.manager.watch(() => hints++);
    /** Changes something, and returns how many hints come within 10 ms. */
    const hintsOfChange = async (): Promise<number> => {
      hints = 0;
      configuration.register(address, 1_000_000);
      await settled();
      await wire.pass(10);
      return hints;
    };
    expect(await hintsOfChange()).toBe(1);
    wire.hintDelaysMs = [];
    expect(await hintsOfChange()).toBe(0);
    wire.hintDelaysMs = [3, 3, 11];
    expect(await hintsOfChange()).toBe(2);
    await wire.pass(1);
    expect(hints).toBe(3);
    wire.manager.hint();
    expect(hints).toBe(4);
    wire.manager.isDown = true;
    wire.manager.hint();
    expect(hints).toBe(4);
    expect(await hintsOfChange()).toBe(0);
    wire.manager.isDown = false;
    stop();
    expect(await hintsOfChange()).toBe(0);
  });
});

test("a wire that is closed brings no hints, and what was sent before arrives", async () => {
  const { configuration, wire } = wireToMemory(timeoutMs);
  wire.hintDelaysMs = [10];
  let hints = 0;
  wire.manager.watch(() => hints++);
  configuration.register(address, 1_000);
  wire.fates.push({ requestMs: 10 });
  const call = outcomeOf(wire.manager.compareAndSet("orders", undefined, led));
  await settled();
  await wire.manager.close();
  await wire.pass(10);
  expect(hints).toBe(0);
  expect(call.outcome).toEqual({ applied: true, revision: 2 });
  // Nothing of the change is under way to it.
  expect(wire.clock.timers).toBe(1);
});

test("chance decides as its odds say, and the same for the same source", () => {
  const odds = { loss: 0.2, late: 0.1, lateMs: 1_000, delayMs: 5, hintLoss: 0.1, hintDoubled: 0.5 };
  /** Numbers that are spread evenly enough, the same each time. */
  const source = (): (() => number) => {
    let state = 1;
    return () => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
  };
  const [faults, again] = [
    randomManagerFaults(source(), odds),
    randomManagerFaults(source(), odds),
  ];
  const fates = Array.from({ length: 10_000 }, () => faults.call({ method: "read" }));
  expect(Array.from({ length: 10_000 }, () => again.call({ method: "read" }))).toEqual(fates);
  const share = (isSo: (fate: CallFate) => boolean): number =>
    fates.filter(isSo).length / fates.length;
  expect(share(({ requestMs }) => requestMs === Infinity)).toBeCloseTo(0.2, 1);
  expect(share(({ replyMs }) => replyMs === Infinity)).toBeCloseTo(0.2, 1);
  expect(share(({ requestMs }) => requestMs > 5 && requestMs <= 1_000)).toBeCloseTo(0.08, 1);
  expect(fates.every(({ replyMs }) => replyMs <= 5 || replyMs === Infinity)).toBe(true);
  const hints = Array.from({ length: 1_000 }, () => faults.hint().length);
  expect(new Set(hints)).toEqual(new Set([0, 1, 2]));
});
