/**
 * Mistakes that somebody could make, each in the place of one rule that ships. The simulation must notice
 * every one of them: what it cannot see, it does not protect.
 */
import { nothingMissed, type FileHandle, type FileSystem, type LogOffset } from "@boxerdb/engine";

import { reignBefore } from "../../src/core/log-facts.ts";
import { protocolRules, type ProtocolRules } from "../../src/core/protocol-rules.ts";
import type { NodeSettings } from "../../src/node-settings.ts";
import { includesReplica } from "../../src/replica-id.ts";
import type { FaultProfileName } from "../faults/fault-profile.ts";
import type { FaultKind, PlannedFault } from "../faults/fault.ts";
import { drawLatePulls } from "../faults/late-pulls.ts";
import { drawUnheardCommits } from "../faults/unheard-commits.ts";
import type { LoadProfile } from "../load/client-load.ts";
import type { Randomness } from "../randomness.ts";

import { managerHost } from "./manager-wires.ts";

/** What a run is about, where it is not about everything. */
export interface Circumstances {
  readonly faults?: readonly FaultKind[];
  /** What goes wrong and when, where chance would bring it about too seldom. Default: drawn of `faults`. */
  readonly plan?: (
    randomness: Randomness,
    nodes: readonly string[],
    untilMs: number,
  ) => readonly PlannedFault[];
  readonly profile?: FaultProfileName;
  readonly load?: Partial<LoadProfile>;
  readonly settings?: Partial<NodeSettings>;
  readonly nodes?: number;
}

export interface PlantedBug {
  readonly name: string;
  /** What is done, and should not be. */
  readonly mistake: string;
  /** The seed of a run that shows it, where the first ones do not: for tests, which begin there. */
  readonly firstSeed?: number;
  /** Where it shows sooner than elsewhere; without, it shows anywhere. */
  readonly circumstances?: Circumstances;
  readonly rules?: Partial<ProtocolRules>;
  readonly fileSystem?: (fileSystem: FileSystem) => FileSystem;
}

/** A leader that is cut off, and clients that go on asking it. */
const cutOffLeader: Circumstances = {
  faults: ["partition"],
  profile: "usual",
  nodes: 3,
  load: { clients: 6, keys: 2, pauseMs: 100, get: 2, delete: 0, conditional: 0 },
  settings: { writeQuorum: 1, leaseMs: 1_000, replicaTimeoutMs: 800, commitTimeoutMs: 1_000 },
};

/** Leaders that change before everybody has the same. */
const manyLeaders: Circumstances = {
  faults: ["crash", "partition", "slow disk", "slow network"],
  profile: "storm",
  nodes: 4,
  load: { clients: 8, pauseMs: 10, get: 0.1, delete: 0.1, longestValue: 20 },
  settings: { writeQuorum: 1, leaseMs: 1_000, replicaTimeoutMs: 4_000, pullBytes: 200 },
};

/** For plans that have a leader deposed and another elected within a second. */
const fastElections: Circumstances = {
  nodes: 3,
  load: { clients: 8, pauseMs: 100, get: 0.1, delete: 0.1, longestValue: 20 },
  settings: {
    writeQuorum: 1,
    leaseMs: 600,
    replicaTimeoutMs: 4_000,
    pullWaitMs: 100,
    pollMs: 100,
    retryPauseMs: 50,
  },
};

/** What followers say comes when another node has led meanwhile, for whom they have cut their logs. */
const latePulls: Circumstances = {
  ...fastElections,
  plan: (randomness, nodes, untilMs) =>
    drawLatePulls(randomness, {
      nodes,
      manager: managerHost,
      leaseMs: 600,
      fromMs: 2_000,
      untilMs,
    }),
};

/** What is committed is not known to be by those who have to go on without the leader. */
const unheardCommits: Circumstances = {
  ...fastElections,
  plan: (randomness, nodes, untilMs) =>
    drawUnheardCommits(randomness, { nodes, fromMs: 2_000, untilMs }),
};

/** Replicas that are away while what they have is deleted, and compacted away. */
const longAbsences: Circumstances = {
  faults: ["crash", "partition"],
  profile: "usual",
  nodes: 3,
  load: { clients: 4, keys: 60, pauseMs: 30, get: 0.2, delete: 1, longestValue: 2_000 },
  settings: { writeQuorum: 1, replicaTimeoutMs: 500 },
};

/** Disks that rot while nodes run. */
const rottenDisks: Circumstances = { faults: ["bit rot in use"], profile: "usual", nodes: 3 };

/** Replicas that are away while what they lack is written over, and are read while they catch up, bit by bit. */
const readCatchingUp: Circumstances = {
  faults: ["crash", "partition", "absence"],
  profile: "usual",
  nodes: 3,
  load: {
    clients: 8,
    keys: 20,
    pauseMs: 30,
    get: 2,
    delete: 0.1,
    longestValue: 1_000,
    consistencies: [["local", 1]],
    minimum: 0,
  },
  settings: { writeQuorum: 1, replicaTimeoutMs: 500, resumeMs: 100_000, pullBytes: 500 },
};

export const noBug: PlantedBug = { name: "none", mistake: "the rules that ship" };

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: "truncate-to-watermark",
    mistake: "a follower cuts its log at its own high watermark instead of where the logs diverge",
    circumstances: unheardCommits,
    rules: { truncationPoint: ({ highWatermark }) => highWatermark },
  },
  {
    name: "pull-without-epoch",
    mistake: "a leader counts pulls of whatever epoch, and with them what was cut off since",
    firstSeed: 9,
    circumstances: latePulls,
    rules: {
      judgePull: (leader, request) =>
        protocolRules.judgePull(leader, { ...request, epoch: leader.epoch }),
    },
  },
  {
    name: "pull-without-comparison",
    mistake: "a leader does not ask whether the follower's log is a part of its own",
    circumstances: manyLeaders,
    rules: {
      judgePull: (leader, request) => {
        const reign = reignBefore(leader.epochs, request.from);
        const from = Math.min(request.from, leader.endOffset) as LogOffset;
        return protocolRules.judgePull(leader, {
          ...request,
          from,
          lastEpoch: reign?.epoch ?? request.lastEpoch,
          lastEpochChecksum: reign?.checksum ?? request.lastEpochChecksum,
        });
      },
    },
  },
  {
    name: "commit-before-own-sync",
    mistake: "a leader commits what all others have, while it is on its way to its own disk",
    rules: {
      ownEnd: ({ replicas, syncedOffset }) =>
        Math.max(
          syncedOffset,
          ...[...replicas.values()].map((replica) => replica.syncedOffset ?? 0),
        ) as LogOffset,
    },
  },
  {
    name: "shrink-before-agreement",
    mistake: "a leader stops waiting for a replica as soon as it has asked to be rid of it",
    rules: {
      replicasWaitedFor: (state) => {
        const wanted = state.proposal?.asked.at(-1) ?? state.agreed.inSync;
        return [...state.replicas.values()].filter(({ replica }) =>
          includesReplica(wanted, replica),
        );
      },
    },
  },
  {
    name: "grow-after-agreement",
    mistake: "a leader waits for a replica only when it knows that it is in sync",
    rules: {
      replicasWaitedFor: ({ replicas, agreed }) =>
        [...replicas.values()].filter(({ replica }) => includesReplica(agreed.inSync, replica)),
    },
  },
  {
    name: "admit-anybody",
    mistake: "a replica is in sync as soon as it pulls, however far it is behind",
    rules: { isAdmissible: () => true },
  },
  {
    name: "admit-by-watermark",
    mistake: "a replica is in sync at the high watermark that the leader knew before its reign",
    firstSeed: 45,
    rules: {
      isAdmissible: (state, { syncedOffset = 0 }) => syncedOffset >= state.highWatermark,
    },
  },
  {
    name: "elect-anybody",
    mistake: "a replica that is not in sync takes over when nobody leads",
    rules: {
      isElectable: (self, current, isLeaderThere) =>
        protocolRules.isElectable(
          self,
          { ...current, state: { ...current.state, inSync: [self] } },
          isLeaderThere,
        ),
    },
  },
  {
    name: "commit-below-quorum",
    mistake: "a leader commits with fewer in sync than a write must be synced on",
    rules: { mayCommit: () => true },
  },
  {
    name: "show-uncommitted",
    mistake: "a follower shows all that it has",
    rules: { visibleEnd: ({ endOffset }) => endOffset },
  },
  {
    name: "confirm-by-nobody",
    mistake: "a linearizable read is answered without asking anybody",
    firstSeed: 7,
    circumstances: cutOffLeader,
    rules: { replicasThatConfirm: () => [] },
  },
  {
    name: "read-without-lease",
    mistake: "a leader answers reads when its lease has ended",
    firstSeed: 15,
    circumstances: cutOffLeader,
    rules: { mayReadByLease: (state) => protocolRules.mayReadByLease(state, true) },
  },
  {
    name: "purge-without-floor",
    mistake:
      "compaction drops tombstones by time, with no regard to a replica that may go on from before them",
    firstSeed: 26,
    circumstances: longAbsences,
    rules: {
      purgeLimit: ({ highWatermark }) => highWatermark,
      judgePull: (leader, request) =>
        protocolRules.judgePull({ ...leader, purgeFloor: 0 as LogOffset }, request),
    },
  },
  {
    name: "go-on-damaged",
    mistake: "a replica goes on with a log that it cannot read, and nobody copies it anew",
    circumstances: rottenDisks,
    rules: { reasonToCopyAnew: () => undefined },
  },
  {
    name: "show-while-catching-up",
    mistake: "a copy answers reads although it lacks what compaction has dropped on its leader",
    firstSeed: 34,
    circumstances: readCatchingUp,
    rules: { missedRecords: () => nothingMissed },
  },
  {
    name: "acknowledge-before-sync",
    mistake: "records count as synced when they are written",
    firstSeed: 59,
    fileSystem: withoutSync,
  },
];

/** A file system that says that it has synced, and has not. */
function withoutSync(fileSystem: FileSystem): FileSystem {
  const handle = (file: FileHandle): FileHandle => ({
    path: file.path,
    read: (target, position) => file.read(target, position),
    readSync: (target, position) => file.readSync(target, position),
    write: (bytes, position) => file.write(bytes, position),
    writeDurably: async (bytes, position) => {
      for (let written = 0; written < bytes.byteLength;) {
        written += await file.write(bytes.subarray(written), position + written);
      }
    },
    datasync: async () => {},
    truncate: (size) => file.truncate(size),
    size: () => file.size(),
    close: () => file.close(),
  });
  return {
    open: async (path, mode) => {
      const file = await fileSystem.open(path, mode);
      // What says what a directory is goes to the disk as it should.
      return path.endsWith(".log") ? handle(file) : file;
    },
    makeDirectory: (path) => fileSystem.makeDirectory(path),
    list: (path) => fileSystem.list(path),
    rename: (from, to) => fileSystem.rename(from, to),
    link: (from, to) => fileSystem.link(from, to),
    remove: (path) => fileSystem.remove(path),
    removeTree: (path) => fileSystem.removeTree(path),
    syncDirectory: (path) => fileSystem.syncDirectory(path),
  };
}
