import { expect, test } from "vitest";

import { RunningTime } from "./running-time.ts";

test("only the time counts in which it was going on", () => {
  const time = new RunningTime();
  time.look(false, 0);
  time.look(true, 10);
  time.look(true, 15);
  time.look(false, 22);
  time.look(false, 90);
  time.look(true, 100);
  expect(time.elapsedMs).toBe(12);
});
