import { expect, test } from "vitest";

import { Randomness } from "../randomness.ts";
import { MachineClock } from "../time/machine-clock.ts";
import { SimulatedProcess } from "../time/simulated-process.ts";
import { SimulatedTime } from "../time/simulated-time.ts";
import { Transcript } from "../transcript.ts";

import { SimulatedNetwork } from "./simulated-network.ts";
import type { Responder } from "./wire.ts";

const address = { host: "n2", port: "peer" };

/** A network with a client on machine n1 and an echo on machine n2. */
function start(seed = 1) {
  const time = new SimulatedTime();
  const randomness = Randomness.ofSeed(seed);
  const network = new SimulatedNetwork(time, randomness.fork("network"), new Transcript(time));
  const process = new SimulatedProcess("n1");
  const clock = new MachineClock(time, randomness.fork("n1")).clockFor(process);
  const client = network.client("n1", process, clock, address);
  const arrived: string[] = [];
  const server = {
    process: new SimulatedProcess("n2"),
    connections: new Set<AbortSignal>(),
    respond: async (request, connection) => {
      arrived.push(request.text);
      server.connections.add(connection);
      return { status: 200, text: request.text, bytes: new Uint8Array() };
    },
  } satisfies {
    process: SimulatedProcess;
    connections: Set<AbortSignal>;
    respond: Responder;
  };
  const close = network.listen(address, server.process, server.respond);
  const call = (text: string, timeoutMs = 10_000): Promise<string> =>
    client.exchange({ path: "/", text }, { timeoutMs }).then(
      (answer) => answer.text,
      (error: unknown) => (error instanceof Error ? error.message : "no error"),
    );
  /** What a call comes to, and after how long. */
  const outcome = async (text: string, forMs = 60_000) => {
    const begunMs = time.nowMs;
    let result: { readonly told: string; readonly afterMs: number } | undefined;
    void call(text).then((told) => (result = { told, afterMs: time.nowMs - begunMs }));
    await time.run(begunMs + forMs);
    return result;
  };
  return { time, network, process, client, server, arrived, call, outcome, close };
}

test("a call takes time, and a second one less, as the connection is there", async () => {
  const afterMs = { first: 0, second: 0 };
  for (let seed = 0; seed < 100; seed += 1) {
    const { outcome, server } = start(seed);
    afterMs.first += (await outcome("one"))?.afterMs ?? Number.NaN;
    afterMs.second += (await outcome("two"))?.afterMs ?? Number.NaN;
    expect(server.connections.size).toBe(1);
  }
  expect(afterMs.first).toBeGreaterThan(afterMs.second * 1.2);
});

test("calls that go on at the same time may overtake each other", async () => {
  const orders = new Set<string>();
  for (let seed = 0; seed < 50; seed += 1) {
    const { time, call, arrived, server } = start(seed);
    void call("a");
    void call("b");
    await time.run(60_000);
    orders.add(arrived.join(""));
    expect(server.connections.size).toBe(2);
  }
  expect([...orders].toSorted()).toEqual(["ab", "ba"]);
});

test("what is sent into a partition arrives when that has ended, also for those who gave up", async () => {
  const { time, network, arrived, call, outcome, server } = start();
  await outcome("first");
  const unblock = network.block("n1", "n2");
  const told: string[] = [];
  void call("second", 2_000).then((text) => told.push(text));
  await time.run(time.nowMs + 20_000);
  expect(told).toEqual(["no answer in time"]);
  expect(arrived).toEqual(["first"]);
  unblock();
  await time.run(time.nowMs + 20_000);
  expect(arrived).toEqual(["first", "second"]);
  // And the end of the connection behind it.
  expect([...server.connections].map(({ aborted }) => aborted)).toEqual([true]);
});

test("a request for which there was no connection in time is not done later", async () => {
  const { time, network, arrived, client } = start();
  const unblock = network.block("n1", "n2");
  const refused = expect(
    client.exchange({ path: "/", text: "x" }, { timeoutMs: 10_000 }),
  ).rejects.toMatchObject({ message: "no connection in time", mayBeDone: false });
  await time.run(20_000);
  unblock();
  await time.run(40_000);
  await refused;
  expect(arrived).toEqual([]);
});

test("where only the way back is cut, the request is done and nobody knows", async () => {
  const { network, arrived, outcome } = start();
  expect(await outcome("first")).toMatchObject({ told: "first" });
  network.block("n2", "n1");
  expect(await outcome("second")).toMatchObject({ told: "no answer in time" });
  expect(arrived).toEqual(["first", "second"]);
  // A new connection needs both ways.
  const result = await outcome("third");
  expect(result?.told).toBe("no connection in time");
  expect(result?.afterMs).toBeGreaterThan(2_900);
  expect(arrived).toEqual(["first", "second"]);
});

test("two faults that block one direction must both end", async () => {
  const { network } = start();
  const [one, two] = [network.block("n1", "n2"), network.block("n1", "n2")];
  one();
  one();
  expect(network.isBlocked("n1", "n2")).toBe(true);
  expect(network.isBlocked("n2", "n1")).toBe(false);
  two();
  expect(network.isBlocked("n1", "n2")).toBe(false);
});

test("a process that is killed breaks its connections; a machine without power says nothing", async () => {
  const killed = start();
  await killed.outcome("x");
  killed.server.process.die("killed");
  expect(await killed.outcome("y")).toMatchObject({
    told: expect.stringContaining("connection was"),
  });
  expect((await killed.outcome("z"))?.told).toBe("the connection was refused");

  const silent = start();
  await silent.outcome("x");
  silent.server.process.die("power lost");
  expect(await silent.outcome("y")).toMatchObject({ told: "no answer in time" });
  expect(await silent.outcome("z")).toMatchObject({ told: "no connection in time" });
  silent.network.listen(address, new SimulatedProcess("n2"), silent.server.respond);
  expect(await silent.outcome("z")).toMatchObject({ told: "z" });
});

test("a server learns of a killed client soon, and of one without power after a silence", async () => {
  for (const [death, isKnownSoon] of [["killed", true] as const, ["power lost", false] as const]) {
    const { time, outcome, process, server } = start();
    await outcome("x");
    const isOver = (): boolean => [...server.connections].every(({ aborted }) => aborted);
    process.die(death);
    await time.run(time.nowMs + 2_000);
    expect(isOver()).toBe(isKnownSoon);
    await time.run(time.nowMs + 60_000);
    expect(isOver()).toBe(true);
  }
});

test("connections that are cut end calls, and the next one makes a new one", async () => {
  const { time, network, call, outcome, server } = start();
  await outcome("x");
  const told = call("y");
  network.cutConnections("n2");
  await time.run(time.nowMs + 60_000);
  expect(await told).toBe("the connection was reset");
  expect([...server.connections].map(({ aborted }) => aborted)).toEqual([true]);
  expect(await outcome("z")).toMatchObject({ told: "z" });
});

test("requests are lost before they are done, answers after", async () => {
  for (const [lost, arrivals] of [["request", 0] as const, ["answer", 1] as const]) {
    const { network, outcome, arrived } = start();
    const rates = { requestLossRate: 0, answerLossRate: 0, [`${lost}LossRate`]: 1 };
    network.conditions = { delayFactor: 1, ...rates };
    expect(await outcome("x")).toMatchObject({ told: "the connection was reset" });
    expect(arrived.length).toBe(arrivals);
  }
});

test("a stopped process answers when it is continued", async () => {
  const { outcome, server, time } = start();
  server.process.stop();
  time.after(4_000, () => server.process.continue("input"));
  const result = await outcome("x");
  expect(result?.told).toBe("x");
  expect(result?.afterMs).toBeGreaterThan(4_000);
});

test("whoever stops listening ends its connections", async () => {
  const { outcome, close, server } = start();
  await outcome("x");
  close();
  expect([...server.connections].map(({ aborted }) => aborted)).toEqual([true]);
  expect(await outcome("y")).toMatchObject({ told: expect.stringContaining("the connection was") });
});
