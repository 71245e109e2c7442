import { expect, test } from "vitest";

import { rest } from "./rest.ts";
import { SimulatedProcess } from "./simulated-process.ts";

test("what comes in while a process is stopped waits, in order, timers first or last", async () => {
  for (const first of ["timer", "input"] as const) {
    const process = new SimulatedProcess("n1");
    const seen: string[] = [];
    process.deliver("input", () => seen.push("before"));
    process.stop();
    process.deliver("input", () => seen.push("answer"));
    process.deliver("timer", () => seen.push("timer 1"));
    process.deliver("timer", () => seen.push("timer 2"));
    await rest();
    expect(seen).toEqual(["before"]);
    process.continue(first);
    await rest();
    const timers = ["timer 1", "timer 2"];
    expect(seen.slice(1)).toEqual(
      first === "timer" ? [...timers, "answer"] : ["answer", ...timers],
    );
  }
});

test("nothing of a dead process runs, not even what it was continued with", async () => {
  const process = new SimulatedProcess("n1");
  const seen: string[] = [];
  process.onDeath((death) => seen.push(death));
  process.stop();
  process.deliver("input", () => process.die("killed"));
  process.deliver("input", () => seen.push("too late"));
  process.continue("input");
  await rest();
  process.deliver("timer", () => seen.push("too late"));
  process.die("power lost");
  expect(seen).toEqual(["killed"]);
  expect(process.isAlive).toBe(false);
});
