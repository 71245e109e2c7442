import * as fc from "fast-check";
import { expect, test } from "vitest";

import { EventQueue } from "./event-queue.ts";

test("events come in the order of their time, then in the order queued; those called off never", () => {
  const planned = fc.array(fc.record({ atMs: fc.nat(20), isCalledOff: fc.boolean() }));
  fc.assert(
    fc.property(planned, (events) => {
      const queue = new EventQueue();
      const queued = events.map(({ atMs, isCalledOff }) => {
        const event = queue.add(atMs, () => {});
        if (isCalledOff) event.callback = undefined;
        return event;
      });
      const taken = [];
      for (let next = queue.take(); next !== undefined; next = queue.take()) taken.push(next);
      const left = queued.filter(({ callback }) => callback !== undefined);
      expect(taken).toEqual(left.toSorted((a, b) => a.atMs - b.atMs));
    }),
  );
});
