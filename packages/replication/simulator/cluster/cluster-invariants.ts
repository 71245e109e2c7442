/**
 * What must hold in a cluster at every moment. The numbers are those of PROTOCOL.md. Looks at all nodes
 * and at the configuration manager at once, as nobody in the cluster can.
 */
import type { EpochStart, LogOffset, OpenDatabase } from "@boxerdb/engine";

import type { VersionedState } from "../../src/configuration/configuration-manager.ts";
import type { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";
import type { DatabaseReplica } from "../../src/database-replica.ts";
import { includesReplica, isSameReplica, type ReplicaId } from "../../src/replica-id.ts";
import { InvariantError } from "../simulation.ts";

import { databaseName } from "./client-service.ts";
import type { RunningNode } from "./cluster-program.ts";

/** A history: where it ends, and the reigns of the records before that. */
interface Past {
  readonly offset: LogOffset;
  readonly reigns: readonly EpochStart[];
}

const pastOf = ({ log }: OpenDatabase, offset: LogOffset): Past => ({
  offset,
  reigns: log.epochs.starts.filter(({ startOffset }) => startOffset < offset),
});

/** Whether a log begins with a history. */
function hasPast({ log }: OpenDatabase, { offset, reigns }: Past): boolean {
  const { starts } = log.epochs;
  const next = starts[reigns.length];
  if (next !== undefined && next.startOffset < offset) return false;
  return reigns.every((reign, index) => {
    const start = starts[index];
    return start?.startOffset === reign.startOffset && start.checksum === reign.checksum;
  });
}

export class ClusterInvariants {
  readonly #configuration: MemoryConfiguration;
  readonly #nodes: ReadonlyMap<string, RunningNode>;
  readonly #writeQuorum: number;
  /** The farthest that any leader has ever committed. */
  #committed: Past | undefined;
  #agreed: VersionedState | undefined;
  /** By epoch, who has led in it. */
  readonly #leaders = new Map<number, ReplicaId>();
  /** What was visible last in each log. */
  readonly #visible = new WeakMap<OpenDatabase, LogOffset>();

  constructor(
    configuration: MemoryConfiguration,
    nodes: ReadonlyMap<string, RunningNode>,
    writeQuorum: number,
  ) {
    this.#configuration = configuration;
    this.#nodes = nodes;
    this.#writeQuorum = writeQuorum;
  }

  /** Throws InvariantError where one does not hold now. */
  check(): void {
    const agreed = this.#configuration.view().databases.get(databaseName);
    this.#checkAgreement(agreed);
    for (const [host, { node }] of this.#nodes) {
      const replica = node.replica(databaseName);
      if (replica !== undefined && replica.isOpen) this.#checkReplica(host, replica);
    }
    if (agreed === undefined) return;
    for (const [host, { node }] of this.#nodes) {
      const replica = node.replica(databaseName);
      if (replica !== undefined && replica.isOpen) this.#checkMember(host, replica, agreed);
    }
  }

  /** 1, 2 and 10: how the state of the database may change. */
  #checkAgreement(agreed: VersionedState | undefined): void {
    const before = this.#agreed;
    if (agreed === undefined || agreed.revision === before?.revision) return;
    this.#agreed = agreed;
    if (before === undefined) return;
    const { epoch, leader, inSync } = agreed.state;
    if (epoch < before.state.epoch) fail(1, `epoch ${before.state.epoch} became ${epoch}`);
    const isNewReign = epoch > before.state.epoch && before.state.epoch > 0;
    if (isNewReign && leader !== undefined && !includesReplica(before.state.inSync, leader)) {
      fail(2, `${leader.nodeId} was elected and had not been in sync`);
    }
    const added = inSync.filter((replica) => !includesReplica(before.state.inSync, replica));
    const isSameReign = epoch === before.state.epoch;
    if (isSameReign && added.length > 0 && leader !== undefined)
      this.#checkAddition(before, leader, added);
  }

  /** 10: nobody is added before all that were in sync have the epoch record. */
  #checkAddition({ state }: VersionedState, leader: ReplicaId, added: readonly ReplicaId[]): void {
    const led = this.#nodes.get(leader.nodeId)?.node.replica(databaseName)?.leader;
    if (led === undefined || led.state.epoch !== state.epoch) return;
    const { startOffset } = led.state;
    for (const member of state.inSync) {
      const replica = this.#nodes.get(member.nodeId)?.node.replica(databaseName);
      if (replica === undefined || !replica.isOpen) continue;
      if (!isSameReplica(replica.replica(replica.open), member)) continue;
      if (replica.open.log.acceptedOffset <= startOffset) {
        fail(
          10,
          `${added.map(({ nodeId }) => nodeId).join(", ")} was added before ${member.nodeId} had the epoch record at ${startOffset}`,
        );
      }
    }
  }

  #checkReplica(host: string, replica: DatabaseReplica): void {
    const { open, leader } = replica;
    const seen = this.#visible.get(open);
    const { highWatermark } = open;
    if (seen !== undefined && highWatermark < seen) {
      fail(6, `on ${host} the high watermark fell from ${seen} to ${highWatermark}`);
    }
    this.#visible.set(open, highWatermark);
    if (leader !== undefined) this.#checkLeader(host, replica);
    const committed = this.#committed;
    if (committed === undefined) {
      if (highWatermark > 0) fail(12, `${host} shows what nobody has committed`);
      return;
    }
    if (highWatermark > committed.offset) {
      fail(
        12,
        `${host} shows all below ${highWatermark}, committed is all below ${committed.offset}`,
      );
    }
  }

  #checkLeader(host: string, { leader, open }: DatabaseReplica): void {
    if (leader === undefined) return;
    const { epoch, self, highWatermark, startOffset } = leader.state;
    const known = this.#leaders.get(epoch);
    if (known !== undefined && !isSameReplica(known, self)) {
      fail(1, `${known.nodeId} and ${host} lead in epoch ${epoch}`);
    }
    this.#leaders.set(epoch, self);
    if (open.log.acceptedOffset <= startOffset) {
      fail(1, `${host} leads in epoch ${epoch} and has not synced its epoch record`);
    }
    const committed = this.#committed;
    if (highWatermark <= (committed?.offset ?? 0)) return;
    if (committed !== undefined && !hasPast(open, committed)) {
      fail(9, `${host} commits another history than was committed up to ${committed.offset}`);
    }
    if (leader.inSyncCount < this.#writeQuorum) {
      fail(7, `${host} commits with ${leader.inSyncCount} in sync of ${this.#writeQuorum}`);
    }
    if (open.failure !== undefined) fail(14, `${host} commits after its log has failed`);
    this.#committed = pastOf(open, highWatermark);
  }

  /** 3, 5, 6 and 8: whoever may be elected has all that is committed. */
  #checkMember(host: string, replica: DatabaseReplica, { state }: VersionedState): void {
    const committed = this.#committed;
    if (committed === undefined) return;
    const { open } = replica;
    if (!includesReplica(state.inSync, replica.replica(open))) return;
    const end = open.log.acceptedOffset;
    if (end < committed.offset) {
      fail(
        6,
        `${host} is in sync with all below ${end}, committed is all below ${committed.offset}`,
      );
    }
    if (!hasPast(open, committed)) {
      fail(9, `${host} is in sync and has another history below ${committed.offset}`);
    }
  }
}

function fail(invariant: number, what: string): never {
  throw new InvariantError(`invariant ${invariant}: ${what}`);
}
