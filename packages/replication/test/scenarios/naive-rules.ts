/**
 * Rules that look as good as those that ship, and are not: each is what a system did once, or would do by
 * common sense. Fresh ones for each run, as some remember what they have seen.
 */
import type { LogOffset } from "@boxerdb/engine";

import { reignBefore } from "../../src/core/log-facts.ts";
import { protocolRules, type ProtocolRules } from "../../src/core/protocol-rules.ts";

type Rules = Partial<ProtocolRules>;

/** A follower that has to cut its log does so at its own high watermark, as before KIP-101. */
export const cutAtHighWatermark = (): Rules => ({
  truncationPoint: ({ highWatermark }) => highWatermark,
});

/** A leader compares offsets alone: whoever is not ahead of it has a part of its log, as before KIP-101. */
export const compareOffsetsOnly = (): Rules => ({
  judgePull: (leader, request) => {
    const reign = reignBefore(leader.epochs, request.from);
    return protocolRules.judgePull(leader, {
      ...request,
      from: Math.min(request.from, leader.endOffset) as LogOffset,
      lastEpoch: reign?.epoch ?? request.lastEpoch,
      lastEpochChecksum: reign?.checksum ?? request.lastEpochChecksum,
    });
  },
});

/** A follower asks once in each reign where its log diverges, and takes the answer for final, as before KIP-279. */
export const askOnce = (): Rules => {
  const told = new Set<string>();
  return {
    judgePull: (leader, request) => {
      const refusal = protocolRules.judgePull(leader, request);
      const key = `${leader.epoch} ${request.directoryId}`;
      if (refusal?.code !== "diverged" || !told.has(key)) {
        told.add(key);
        return refusal;
      }
      return compareOffsetsOnly().judgePull?.(leader, request);
    },
    truncationPoint: ({ endOffset }, divergence) =>
      Math.min(endOffset, divergence.endOffset) as LogOffset,
  };
};

/** A leader counts each pull, of whatever epoch it is. */
export const countAnyEpoch = (): Rules => ({
  judgePull: (leader, request) =>
    protocolRules.judgePull(leader, { ...request, epoch: leader.epoch }),
});

/** A leader commits what one follower has, whoever else may be elected: two of three are a majority. */
export const commitByMajorityOfThree = (): Rules => ({
  replicasWaitedFor: ({ replicas }) => {
    const byProgress = [...replicas.values()].toSorted(
      (a, b) => (b.syncedOffset ?? 0) - (a.syncedOffset ?? 0),
    );
    return byProgress.slice(0, 1);
  },
});

/** A leader commits with fewer in sync than the write quorum asks for. */
export const commitAlone = (): Rules => ({ mayCommit: () => true });

/** A leader commits what it has itself, as one that replicates in the background. */
export const commitWithoutWaiting = (): Rules => ({ replicasWaitedFor: () => [] });

/** A leader commits what all others have, as if its own disk were sure to take it, too. */
export const commitWithoutOwnDisk = (): Rules => ({
  ownEnd: ({ replicas }) =>
    Math.max(0, ...[...replicas.values()].map(({ syncedOffset = 0 }) => syncedOffset)) as LogOffset,
});

/** Any replica may be elected when nobody leads. */
export const electAnybody = (): Rules => ({
  isElectable: (self, current, isLeaderThere) =>
    protocolRules.isElectable(
      self,
      { ...current, state: { ...current.state, inSync: [self] } },
      isLeaderThere,
    ),
});

/** A copy that begins at 0 takes over what is there, and not that something is missing. */
export const forgetInheritedPurgeFloor = (): Rules => ({
  missedRecords: (from, result) => ({
    ...protocolRules.missedRecords(from, result),
    purgeFloor: 0 as LogOffset,
  }),
});

/** Followers go on wherever they are, whatever was compacted away meanwhile. */
export const forgetPurgeFloor = (): Rules => ({
  judgePull: (leader, request) =>
    protocolRules.judgePull({ ...leader, purgeFloor: 0 as LogOffset }, request),
});
