import { expect, test } from "vitest";

import { Randomness } from "./randomness.ts";
import { SimulatedMachine, type Program } from "./simulated-machine.ts";
import { SimulatedTime } from "./time/simulated-time.ts";
import { Transcript } from "./transcript.ts";

function start(program: Program) {
  const time = new SimulatedTime();
  const transcript = new Transcript(time, "all");
  const randomness = Randomness.ofSeed(1);
  const machine = new SimulatedMachine({ name: "n1", time, randomness, transcript, program });
  machine.start();
  return { time, transcript, machine };
}

test("nothing of a program goes on after a crash, and what it has synced is there for the next", async () => {
  const seen: string[] = [];
  const { time, machine } = start(async ({ fileSystem, clock }) => {
    const found = (await fileSystem.list("/")).map(({ name }) => name);
    seen.push(`found ${found.join(",")}`);
    await fileSystem.open(`file${found.length}`, "create");
    await fileSystem.syncDirectory("/");
    clock.after(10_000, () => seen.push("timer"));
    await fileSystem.syncDirectory("/");
    seen.push("done");
  });
  await time.run(1_000);
  expect(seen).toEqual(["found ", "done"]);
  const restart = machine.crash("power lost");
  await time.run(30_000);
  expect(machine.isRunning).toBe(false);
  expect(seen).toEqual(["found ", "done"]);
  restart();
  restart();
  await time.run(31_000);
  expect(seen.slice(2)).toEqual(["found file0", "done"]);
});

test("a program that exits is started again, but not while a fault holds it down", async () => {
  let starts = 0;
  const { time, machine, transcript } = start(async ({ exit }) => {
    starts += 1;
    exit("out of luck", 1_000);
  });
  await time.run(2_500);
  expect(starts).toBe(3);
  const holds = [machine.crash("killed"), machine.crash("power lost")];
  await time.run(10_000);
  expect(starts).toBe(3);
  holds[0]?.();
  expect(starts).toBe(3);
  holds[1]?.();
  expect(starts).toBe(4);
  expect(transcript.report.lines[1]).toContain("exits: out of luck");
});

test("each start has chance of its own", async () => {
  const drawn: number[] = [];
  const { time, machine } = start(async ({ randomness }) => {
    drawn.push(randomness.integer(0, 1_000_000));
  });
  machine.crash("killed")();
  await time.run(1);
  expect(new Set(drawn).size).toBe(2);
});
