import * as fc from "fast-check";
import { expect, test } from "vitest";

import type { LogOffset } from "../scalars.ts";

import { CommitWaiters } from "./commit-waiters.ts";

const offset = fc.nat({ max: 20 }).map((value) => value as LogOffset);

test("each is answered when its record is committed, not before, whatever the order of asking", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(offset), fc.array(offset), async (asked, commits) => {
      let givenBack = 0;
      const waiters = new CommitWaiters((bytes) => (givenBack += bytes));
      const answers = new Map<number, string>();
      const waits = asked.map((offset, index) =>
        waiters.wait(offset, 10).then(
          (answer) => answers.set(index, answer === offset ? "committed" : "mistaken"),
          () => answers.set(index, "failed"),
        ),
      );
      let highWatermark = 0;
      for (const commit of commits) {
        waiters.commit(commit);
        highWatermark = Math.max(highWatermark, commit);
        await Promise.resolve();
        for (const [index, offset] of asked.entries()) {
          expect(answers.get(index)).toBe(offset < highWatermark ? "committed" : undefined);
        }
        expect(givenBack).toBe(10 * asked.filter((offset) => offset < highWatermark).length);
      }
      waiters.fail(new Error("the disk is gone"));
      await Promise.all(waits);
      expect(givenBack).toBe(10 * asked.length);
      for (const [index, offset] of asked.entries()) {
        expect(answers.get(index)).toBe(offset < highWatermark ? "committed" : "failed");
      }
    }),
  );
});
