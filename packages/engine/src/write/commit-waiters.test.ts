import * as fc from "fast-check";
import { expect, test } from "vitest";

import type { LogOffset } from "../scalars.ts";

import { CommitWaiters } from "./commit-waiters.ts";

const offset = fc.nat({ max: 20 }).map((value) => value as LogOffset);

test("each is answered when its record is committed, not before, whatever the order of asking", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(offset), fc.array(offset), async (asked, commits) => {
      const waiters = new CommitWaiters();
      const answers = new Map<number, string>();
      const waits = asked.map((offset, index) =>
        waiters.wait(offset).then(
          () => answers.set(index, "committed"),
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
      }
      waiters.fail(new Error("the disk is gone"));
      await Promise.all(waits);
      for (const [index, offset] of asked.entries()) {
        expect(answers.get(index)).toBe(offset < highWatermark ? "committed" : "failed");
      }
    }),
  );
});
