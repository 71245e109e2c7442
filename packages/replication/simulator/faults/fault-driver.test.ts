import { expect, test } from "vitest";

import { SimulatedNetwork } from "../network/simulated-network.ts";
import { Randomness } from "../randomness.ts";
import { SimulatedMachine } from "../simulated-machine.ts";
import { SimulatedTime } from "../time/simulated-time.ts";
import { Transcript } from "../transcript.ts";

import { FaultDriver } from "./fault-driver.ts";
import { noCluster, type ClusterFaults } from "./fault-effects.ts";
import type { Fault } from "./fault.ts";

/** Two machines that run, and what becomes of them by a fault that lasts for a second. */
function start(cluster: ClusterFaults = noCluster) {
  const time = new SimulatedTime();
  const transcript = new Transcript(time, "all");
  const randomness = Randomness.ofSeed(1);
  const network = new SimulatedNetwork(time, randomness.fork("network"), transcript);
  const machines = new Map(
    ["n1", "n2"].map((name) => {
      const options = { name, time, transcript, randomness: randomness.fork(name) };
      return [name, new SimulatedMachine({ ...options, program: async () => {} })];
    }),
  );
  for (const machine of machines.values()) machine.start();
  const machine = machines.get("n1");
  if (machine === undefined) throw new Error("assertion failed: the machine is there");
  machine.disk.content.writeBytes("/file", new Uint8Array(10));
  const world = { machines, network, cluster, randomness: randomness.fork("effects"), transcript };
  const driver = new FaultDriver(time, world);
  /** What `look` sees before a fault, while it lasts and after it. */
  const watch = async <Seen>(fault: Fault, look: () => Seen): Promise<readonly Seen[]> => {
    const before = look();
    driver.schedule([{ atMs: time.nowMs + 100, lastsMs: 1_000, fault }]);
    await time.run(time.nowMs + 500);
    const during = look();
    await time.run(time.nowMs + 5_000);
    return [before, during, look()];
  };
  return { driver, machine, network, transcript, watch };
}

test("crashes end a program, and it is started again", async () => {
  for (const death of ["killed", "power lost"] as const) {
    const { machine, watch } = start();
    const fault = { kind: "crash", node: "n1", death } as const;
    expect(await watch(fault, () => machine.isRunning)).toEqual([true, false, true]);
  }
});

test("a stopped process is continued", async () => {
  const { machine, watch } = start();
  const isStopped = (): boolean => machine.process?.isStopped ?? false;
  expect(await watch({ kind: "stop", node: "n1" }, isStopped)).toEqual([false, true, false]);
});

test("a suspended machine knows by its wall clock alone how long that was", async () => {
  const { machine, watch } = start();
  const { monotonicMs, wallMs } = machine.clock;
  const isStopped = (): boolean => machine.process?.isStopped ?? false;
  expect(await watch({ kind: "suspend", node: "n1" }, isStopped)).toEqual([false, true, false]);
  const passedMs = machine.clock.monotonicMs - monotonicMs;
  expect(machine.clock.wallMs - wallMs).toBeGreaterThan(passedMs + 500);
});

test("partitions block the directions that they say", async () => {
  for (const isBothWays of [true, false]) {
    const { network, watch } = start();
    const blocked = (): readonly boolean[] => [
      network.isBlocked("n1", "n2"),
      network.isBlocked("n2", "n1"),
    ];
    const fault = { kind: "partition", from: ["n1"], to: ["n2"], isBothWays } as const;
    const open = [false, false];
    expect(await watch(fault, blocked)).toEqual([open, [true, isBothWays], open]);
  }
});

test("a slow and a lossy network do not end each other", async () => {
  const { network, watch } = start();
  network.conditions = { ...network.conditions, delayFactor: 7 };
  const fault = { kind: "lossy network", requestLossRate: 0.1, answerLossRate: 0.2 } as const;
  expect(await watch(fault, () => network.conditions)).toEqual([
    { delayFactor: 7, requestLossRate: 0, answerLossRate: 0 },
    { delayFactor: 7, requestLossRate: 0.1, answerLossRate: 0.2 },
    { delayFactor: 7, requestLossRate: 0, answerLossRate: 0 },
  ]);
  const slow = await watch(
    { kind: "slow network", factor: 30 },
    () => network.conditions.delayFactor,
  );
  expect(slow.slice(1)).toEqual([30, 1]);
});

test("disks are slow, fail or are full, and well again", async () => {
  const { machine, watch } = start();
  const { disk } = machine;
  const slow = await watch({ kind: "slow disk", node: "n1", factor: 9 }, () => disk.slowness);
  expect(slow).toEqual([1, 9, 1]);
  const failing = { kind: "failing disk", node: "n1", operation: "sync", rate: 0.5 } as const;
  expect(await watch(failing, () => disk.failureRates.sync)).toEqual([0, 0.5, 0]);
  const full = { kind: "full disk", node: "n1", freeBytes: 0 } as const;
  const growth = async (): Promise<unknown> => {
    const file = await disk.content.open("/file", "write");
    return file.truncate((await file.size()) + 1).then(
      () => "fits",
      () => "full",
    );
  };
  const seen = await watch(full, growth);
  expect(await Promise.all(seen)).toEqual(["fits", "full", "fits"]);
});

test("data is lost only where that may be", async () => {
  const careful = start();
  const fault = { kind: "lost disk", node: "n1" } as const;
  const running = await careful.watch(fault, () => careful.machine.isRunning);
  expect(running).toEqual([true, true, true]);
  expect(careful.driver.counts).toEqual(new Map());

  const bold = start({ ...noCluster, mayLoseDisk: () => true });
  const files = (): number => bold.machine.disk.content.fileNames().length;
  const ones = (): number =>
    bold.machine.disk.content.readBytes("/file").filter((byte) => byte > 0).length;
  const newest = "/database/00000000000000000007.log";
  bold.machine.disk.content.writeBytes(newest, new Uint8Array(100_000));
  expect(await bold.watch({ kind: "bit rot", node: "n1" }, ones)).toEqual([0, 1, 1]);
  expect(bold.machine.disk.content.readBytes(newest).every((byte) => byte === 0)).toBe(true);
  expect(await bold.watch(fault, files)).toEqual([2, 0, 0]);
  expect(bold.machine.isRunning).toBe(true);
  expect(bold.driver.counts).toEqual(
    new Map([
      ["bit rot", 1],
      ["lost disk", 1],
    ]),
  );
  expect(bold.transcript.report.lines.join("\n")).toMatch(/n1 .*FAULT lost disk, for 1000 ms/);
  expect(bold.transcript.report.lines.join("\n")).toMatch(/n1 .*healed: lost disk/);
});

test("what only a cluster has is asked of the cluster", async () => {
  const seen: string[] = [];
  const note = (what: string) => () => {
    seen.push(what);
    return () => seen.push(`${what} healed`);
  };
  const { watch } = start({
    mayLoseDisk: () => true,
    noteLostDisk: (node) => seen.push(`lost disk ${node}`),
    rotInUse: (node) => note(`rot ${node}`)(),
    managerDown: note("down"),
    slowManager: (factor) => note(`slow ${factor}`)(),
    loseManagerReplies: (rate) => note(`loses ${rate}`)(),
    handover: (node) => note(`handover ${node}`)(),
    absence: ({ name }, losesDisk) => note(`absence ${name} ${losesDisk}`)(),
    dropDatabase: note("drop"),
  });
  const faults: readonly Fault[] = [
    { kind: "bit rot in use", node: "n2" },
    { kind: "manager down" },
    { kind: "slow manager", factor: 3 },
    { kind: "lost manager replies", rate: 0.5 },
    { kind: "handover", node: "n2" },
    { kind: "absence", node: "n1", losesDisk: true },
    { kind: "drop database" },
  ];
  for (const fault of faults) await watch(fault, () => {});
  const begun = ["rot n2", "down", "slow 3", "loses 0.5", "handover n2", "absence n1 true", "drop"];
  expect(seen).toEqual(begun.flatMap((what) => [what, `${what} healed`]));
});

test("a jump moves the wall clock", async () => {
  const { machine, watch } = start();
  const [before = 0, during = 0] = await watch(
    { kind: "clock jump", node: "n1", byMs: 3_600_000 },
    () => machine.clock.wallMs - machine.clock.monotonicMs,
  );
  expect(during - before).toBeCloseTo(3_600_000);
});
