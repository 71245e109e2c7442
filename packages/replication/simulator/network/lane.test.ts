import { expect, test } from "vitest";

import { SimulatedTime } from "../time/simulated-time.ts";

import { Lane } from "./lane.ts";

function start() {
  const time = new SimulatedTime();
  const conditions = { isBlocked: false };
  const lane = new Lane({ time, isBlocked: () => conditions.isBlocked });
  const arrivals: string[] = [];
  const send = (what: string, delayMs: number): void =>
    lane.send(delayMs, () => arrivals.push(`${what} at ${time.nowMs}`));
  return { time, conditions, arrivals, send };
}

test("what was sent first arrives first, however long it takes", async () => {
  const { time, arrivals, send } = start();
  send("slow", 10);
  send("fast", 1);
  send("slower", 20);
  await time.run(5);
  send("last", 1);
  await time.run(100);
  expect(arrivals).toEqual(["slow at 10", "fast at 10", "slower at 20", "last at 20"]);
});

test("what is blocked is sent again, after longer and longer pauses", async () => {
  const { time, conditions, arrivals, send } = start();
  conditions.isBlocked = true;
  send("first", 1);
  send("second", 2);
  await time.run(1_000);
  conditions.isBlocked = false;
  await time.run(10_000);
  // Tried at 1, 201, 601 and 1,401.
  expect(arrivals).toEqual(["first at 1401", "second at 1401"]);
});
