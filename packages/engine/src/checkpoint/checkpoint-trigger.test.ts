import { expect, test } from "vitest";

import { isCheckpointDue, leastLogBytes } from "./checkpoint-trigger.ts";

test.each([
  [0, 0, false],
  [leastLogBytes - 1, 0, false],
  [leastLogBytes, 0, true],
  [leastLogBytes, leastLogBytes / 2, true],
  [leastLogBytes, leastLogBytes, false],
  [2 * leastLogBytes - 1, leastLogBytes, false],
  [2 * leastLogBytes, leastLogBytes, true],
])("after %d bytes of log, and a checkpoint of %d: %s", (logBytes, lastBytes, isDue) => {
  expect(isCheckpointDue(logBytes, lastBytes)).toBe(isDue);
});

test("checkpoints write at most half of what the log has, and what the index has grown by", () => {
  for (const indexShare of [0, 0.01, 0.3, 1]) {
    let coveredBytes = 0;
    let lastBytes = 0;
    let written = 0;
    for (let logBytes = 0; logBytes < 2 ** 40; logBytes += 16 << 20) {
      if (!isCheckpointDue(logBytes - coveredBytes, lastBytes)) continue;
      coveredBytes = logBytes;
      lastBytes = (64 << 20) + logBytes * indexShare;
      written += lastBytes;
      expect(written).toBeLessThanOrEqual(lastBytes + logBytes * (0.5 + indexShare));
    }
    expect(written).toBeGreaterThan(0);
  }
});
