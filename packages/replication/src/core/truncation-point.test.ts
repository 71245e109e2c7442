import { epoch, logOffset, type EpochStart } from "@boxerdb/engine";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import type { PullRequest } from "../protocol/messages.ts";
import { protocolVersion } from "../protocol/messages.ts";

import { reignBefore, type LogFacts } from "./log-facts.ts";
import { judgePull } from "./pull-judgement.ts";
import { truncationPoint } from "./truncation-point.ts";

/** A log as the reigns that wrote its records, one for each. */
type Reigns = readonly { readonly epoch: number; readonly checksum: number }[];

function factsOf(records: Reigns): LogFacts {
  const epochs: EpochStart[] = [];
  for (const [offset, { epoch: number, checksum }] of records.entries()) {
    if (epochs.at(-1)?.epoch === number) continue;
    epochs.push({ epoch: epoch(number), startOffset: logOffset(offset), checksum });
  }
  const endOffset = logOffset(records.length);
  return { endOffset, highWatermark: logOffset(0), wholeFrom: logOffset(0), epochs };
}

/** Goes on from one log with records of rising epochs; the mark tells reigns of one number apart. */
const continued = (records: Reigns, lengths: readonly number[], mark: number): Reigns => {
  const last = records.at(-1)?.epoch ?? 0;
  return [
    ...records,
    ...lengths.flatMap((length, index) => {
      const number = last + index + 1;
      return Array.from({ length }, () => ({ epoch: number, checksum: number * 10 + mark }));
    }),
  ];
};

const reigns = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 4 });

/** How many records two logs begin with in common. */
function commonLength(a: Reigns, b: Reigns): number {
  let length = 0;
  while (
    length < Math.min(a.length, b.length) &&
    a[length]?.epoch === b[length]?.epoch &&
    a[length]?.checksum === b[length]?.checksum
  ) {
    length++;
  }
  return length;
}

function pullOf(log: LogFacts): PullRequest {
  const reign = reignBefore(log.epochs, log.endOffset);
  return {
    protocol: protocolVersion,
    nodeId: "follower",
    directoryId: "directory",
    databaseId: "database",
    from: log.endOffset,
    lastEpoch: reign?.epoch ?? epoch(0),
    lastEpochChecksum: reign?.checksum ?? 0,
    epoch: epoch(99),
    round: 0,
    highWatermark: logOffset(0),
    maxBytes: 1,
    waitMs: 0,
  };
}

describe("the search for where two logs diverge", () => {
  test("ends where they do, and cuts no record that both have", () => {
    fc.assert(
      fc.property(reigns, reigns, reigns, fc.nat(4), (shared, ofLeader, ofFollower, last) => {
        const common = continued([], shared, 0);
        // The last shared reign goes on in both logs, in one of them a little longer.
        const tail = common.at(-1);
        const longer =
          tail === undefined ? common : [...common, ...Array.from({ length: last }, () => tail)];
        const leaderLog = continued(last % 2 === 0 ? longer : common, ofLeader, 1);
        let followerLog: Reigns = continued(last % 2 === 0 ? common : longer, ofFollower, 2);
        const expected = commonLength(leaderLog, followerLog);
        const leader = {
          ...factsOf(leaderLog),
          epoch: epoch(99),
          purgeFloor: logOffset(0),
          begunInReign: new Set<string>(),
        };
        for (let cuts = 0; ; cuts++) {
          const follower = factsOf(followerLog);
          const refusal = judgePull(leader, pullOf(follower));
          if (refusal === undefined) break;
          if (refusal.code !== "diverged") throw new Error(`it was refused as ${refusal.code}`);
          const offset = truncationPoint(follower, refusal);
          // Each cut takes something, so that the search ends.
          expect(offset).toBeLessThan(follower.endOffset);
          followerLog = followerLog.slice(0, offset);
          expect(cuts).toBeLessThanOrEqual(ofFollower.length + 1);
        }
        expect(followerLog).toHaveLength(expected);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("a pull", () => {
  const log = factsOf(continued([], [3, 3], 0));
  const leader = {
    ...log,
    epoch: epoch(99),
    purgeFloor: logOffset(4),
    begunInReign: new Set(["begun"]),
  };

  test.each([98, 100])("of epoch %d counts for nothing in epoch 99", (number) => {
    const request = { ...pullOf(log), epoch: epoch(number) };
    expect(judgePull(leader, request)).toMatchObject({ code: "wrong_epoch", epoch: 99 });
  });

  test.each([
    { from: 0, directoryId: "any", code: undefined },
    { from: 3, directoryId: "any", code: "below_purge_floor" },
    { from: 3, directoryId: "begun", code: undefined },
    { from: 4, directoryId: "any", code: undefined },
    { from: 6, directoryId: "any", code: undefined },
  ])(
    "from $from by $directoryId, with a purge floor of 4: $code",
    ({ from, directoryId, code }) => {
      const part = { ...log, endOffset: logOffset(from) };
      expect(judgePull(leader, { ...pullOf(part), directoryId })?.code).toBe(code);
    },
  );

  test("from behind the leader's end diverges where the leader ends", () => {
    const longer = factsOf(continued([], [3, 5], 0));
    const refusal = judgePull(leader, pullOf(longer));
    expect(refusal).toMatchObject({ code: "diverged", epoch: 2, endOffset: 6 });
  });
});
