import { expect, test } from "vitest";

import { failureOf } from "./simulation.ts";
import { SimulatedTime } from "./time/simulated-time.ts";

test("a run that ends has not failed, and one that throws has", async () => {
  expect(await failureOf(async () => {})).toBeUndefined();
  const failure = await failureOf(() => Promise.reject(new Error("an invariant does not hold")));
  expect(failure?.message).toBe("an invariant does not hold");
});

test("what nobody handles ends a run at the event in which it comes", async () => {
  const accidents = {
    rejection: () => void Promise.reject(new Error("accident")),
    exception: () => void setImmediate(() => throwAccident()),
    listener: () => {
      const controller = new AbortController();
      controller.signal.addEventListener("abort", throwAccident);
      controller.abort();
    },
  };
  for (const accident of Object.values(accidents)) {
    const time = new SimulatedTime();
    let isContinued = false;
    const failure = await failureOf(async (check) => {
      time.after(10, accident);
      time.after(20, () => (isContinued = true));
      await time.run(100, check);
    });
    expect(failure?.message).toContain("an error was not handled: Error: accident");
    expect(isContinued).toBe(false);
    expect(time.nowMs).toBe(10);
  }
});

function throwAccident(): never {
  throw new Error("accident");
}
