/**
 * What must hold of one database in a cluster at every moment. The numbers are those of PROTOCOL.md.
 * Looks at all nodes and at the configuration manager at once, as nobody in the cluster can.
 */
import type { Database, EpochStart, LogOffset, OpenDatabase } from "@boxerdb/engine";

import type {
  DatabaseState,
  VersionedState,
} from "../../src/configuration/configuration-manager.ts";
import { replicaOf } from "../../src/database-log.ts";
import type { DatabaseLeader } from "../../src/leader/database-leader.ts";
import { includesReplica, isSameReplica, type ReplicaId } from "../../src/replica-id.ts";
import { InvariantError } from "../simulation.ts";

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

/** A copy of the database, and what was found out about it. */
interface Copy {
  readonly open: OpenDatabase;
  readonly replica: ReplicaId;
  /** Who led it when it was looked at last. */
  leader: DatabaseLeader | undefined;
  /** What was visible last. */
  visible: LogOffset;
  /** The state by which `isMember` was judged. */
  judgedBy: VersionedState | undefined;
  isMember: boolean;
  /** Where its log ended when it was looked at last. */
  end: LogOffset;
  /** From where on it was whole then. */
  wholeFrom: LogOffset;
  /** What was committed when its history was last found to hold it; undefined where it was cut since. */
  comparedWith: Past | undefined;
}

/** A node, and the copy that it had when it was looked at last. */
interface Look {
  readonly node: RunningNode;
  readonly database: Database;
  copy: Copy | undefined;
}

/**
 * Of one database, known by its UUID. After every event all copies are looked at; what takes long is
 * judged anew only where something has changed that it depends on. What a log holds below an offset
 * changes only by being cut off, and others being written in its place: both take time on the disk, so
 * that the log is looked at in between, and seen to end earlier than before.
 */
export class DatabaseInvariants {
  readonly #name: string;
  readonly #id: string;
  readonly #nodes: ReadonlyMap<string, RunningNode>;
  readonly #writeQuorum: number;
  readonly #looks = new Map<string, Look>();
  /** The farthest that any leader has ever committed. */
  #committed: Past | undefined;
  #agreed: VersionedState | undefined;
  /** By epoch, who has led in it. */
  readonly #leaders = new Map<number, ReplicaId>();

  constructor(
    name: string,
    id: string,
    nodes: ReadonlyMap<string, RunningNode>,
    writeQuorum: number,
  ) {
    this.#name = name;
    this.#id = id;
    this.#nodes = nodes;
    this.#writeQuorum = writeQuorum;
  }

  /** All below has been committed by a leader at some time. */
  get committedOffset(): LogOffset {
    return this.#committed?.offset ?? (0 as LogOffset);
  }

  /** Throws InvariantError where one does not hold now. `agreed`: what the cluster has agreed on now. */
  check(agreed: VersionedState): void {
    if (agreed.revision !== this.#agreed?.revision) this.#checkAgreement(agreed);
    const copies: [host: string, copy: Copy][] = [];
    for (const [host, node] of this.#nodes) {
      const copy = this.#copyOf(host, node);
      if (copy === undefined) continue;
      copies.push([host, copy]);
      this.#checkCopy(host, copy, node.node.replica(this.#name)?.leader, agreed.state);
    }
    for (const [host, copy] of copies) this.#checkMember(host, copy, agreed);
  }

  /** The copy that a node has now; undefined while it has none, or opens it again. */
  #copyOf(host: string, node: RunningNode): Copy | undefined {
    let look = this.#looks.get(host);
    if (look?.node !== node) {
      look = { node, database: node.store.database(this.#name), copy: undefined };
      this.#looks.set(host, look);
    }
    const { open } = look.database;
    if (open === undefined || open.manifest.id !== this.#id) return undefined;
    if (look.copy?.open !== open) {
      look.copy = {
        open,
        replica: replicaOf(host, node.store, open),
        leader: undefined,
        visible: open.highWatermark,
        judgedBy: undefined,
        isMember: false,
        end: open.log.acceptedOffset,
        wholeFrom: open.wholeness.from,
        comparedWith: undefined,
      };
    }
    return look.copy;
  }

  /** 1, 2 and 10: how the state of the database may change. */
  #checkAgreement(agreed: VersionedState): void {
    const before = this.#agreed;
    this.#agreed = agreed;
    if (before === undefined) return;
    const { epoch, leader, inSync } = agreed.state;
    if (epoch < before.state.epoch) this.#fail(1, `epoch ${before.state.epoch} became ${epoch}`);
    const isNewReign = epoch > before.state.epoch && before.state.epoch > 0;
    if (isNewReign && leader !== undefined && !includesReplica(before.state.inSync, leader)) {
      this.#fail(2, `${leader.nodeId} was elected and had not been in sync`);
    }
    const added = inSync.filter((replica) => !includesReplica(before.state.inSync, replica));
    const isSameReign = epoch === before.state.epoch;
    if (isSameReign && added.length > 0 && leader !== undefined)
      this.#checkAddition(before, leader, added);
  }

  /** 10: nobody is added before all that were in sync have the epoch record. */
  #checkAddition({ state }: VersionedState, leader: ReplicaId, added: readonly ReplicaId[]): void {
    const led = this.#nodes.get(leader.nodeId)?.node.replica(this.#name)?.leader;
    if (led === undefined || led.state.epoch !== state.epoch) return;
    const { startOffset } = led.state;
    for (const member of state.inSync) {
      const node = this.#nodes.get(member.nodeId);
      const copy = node && this.#copyOf(member.nodeId, node);
      if (copy === undefined || !isSameReplica(copy.replica, member)) continue;
      if (copy.open.log.acceptedOffset <= startOffset) {
        this.#fail(
          10,
          `${added.map(({ nodeId }) => nodeId).join(", ")} was added before ${member.nodeId} had the epoch record at ${startOffset}`,
        );
      }
    }
  }

  #checkCopy(
    host: string,
    copy: Copy,
    leader: DatabaseLeader | undefined,
    agreed: DatabaseState,
  ): void {
    const { highWatermark } = copy.open;
    if (highWatermark < copy.visible) {
      this.#fail(6, `on ${host} the high watermark fell from ${copy.visible} to ${highWatermark}`);
    }
    copy.visible = highWatermark;
    const { acceptedOffset } = copy.open.log;
    if (acceptedOffset < copy.end) copy.comparedWith = undefined;
    copy.end = acceptedOffset;
    // It may have committed something and laid down its office at once.
    if (copy.leader !== undefined && copy.leader !== leader)
      this.#checkLeader(host, copy, copy.leader);
    copy.leader = leader;
    if (leader !== undefined) this.#checkLeader(host, copy, leader);
    else if (this.#hasUnseenReign(copy, agreed)) {
      // The whole reign may have passed since the event before: alone in sync it commits as it begins.
      this.#checkCommit(host, copy.open, highWatermark, agreed.inSync.length);
    }
    const committed = this.#committed;
    if (committed === undefined) {
      if (highWatermark > 0) this.#fail(12, `${host} shows what nobody has committed`);
      return;
    }
    if (highWatermark > committed.offset) {
      this.#fail(
        12,
        `${host} shows all below ${highWatermark}, committed is all below ${committed.offset}`,
      );
    }
  }

  /** Whether a copy leads, alone in sync, and nothing of that reign was seen to be committed. */
  #hasUnseenReign({ open, replica }: Copy, { epoch, leader, inSync }: DatabaseState): boolean {
    if (leader === undefined || !isSameReplica(leader, replica) || inSync.length > 1) return false;
    const newest = open.log.epochs.starts.at(-1);
    return newest?.epoch === epoch && newest.startOffset >= this.committedOffset;
  }

  #checkLeader(host: string, { open }: Copy, leader: DatabaseLeader): void {
    const { epoch, self, highWatermark, startOffset } = leader.state;
    const known = this.#leaders.get(epoch);
    if (known === undefined) this.#leaders.set(epoch, self);
    else if (known !== self && !isSameReplica(known, self)) {
      this.#fail(1, `${known.nodeId} and ${host} lead in epoch ${epoch}`);
    }
    if (open.log.acceptedOffset <= startOffset) {
      this.#fail(1, `${host} leads in epoch ${epoch} and has not synced its epoch record`);
    }
    this.#checkCommit(host, open, highWatermark, leader.inSyncCount);
  }

  /** Takes note of what a leader has committed. */
  #checkCommit(
    host: string,
    open: OpenDatabase,
    highWatermark: LogOffset,
    inSyncCount: number,
  ): void {
    if (highWatermark <= this.committedOffset) return;
    const committed = this.#committed;
    if (committed !== undefined && !hasPast(open, committed)) {
      this.#fail(9, `${host} commits another history than was committed up to ${committed.offset}`);
    }
    if (inSyncCount < this.#writeQuorum) {
      this.#fail(7, `${host} commits with ${inSyncCount} in sync of ${this.#writeQuorum}`);
    }
    if (open.failure !== undefined) this.#fail(14, `${host} commits after its log has failed`);
    this.#committed = pastOf(open, highWatermark);
  }

  /**
   * 3, 5, 6 and 8: whoever may be elected has all that is committed. 11: and so compaction, which stays below
   * that, has dropped nothing that it still needs.
   */
  #checkMember(host: string, copy: Copy, agreed: VersionedState): void {
    const wholeFromBefore = copy.wholeFrom;
    copy.wholeFrom = copy.open.wholeness.from;
    const committed = this.#committed;
    if (committed === undefined) return;
    if (copy.judgedBy !== agreed) {
      copy.isMember = includesReplica(agreed.state.inSync, copy.replica);
      copy.judgedBy = agreed;
    }
    if (!copy.isMember) return;
    if (copy.wholeFrom > wholeFromBefore) {
      this.#fail(11, `${host} is in sync and has missed records below ${copy.wholeFrom}`);
    }
    if (copy.end < committed.offset) {
      this.#fail(
        6,
        `${host} is in sync with all below ${copy.end}, committed is all below ${committed.offset}`,
      );
    }
    if (copy.comparedWith === committed) return;
    if (!hasPast(copy.open, committed)) {
      this.#fail(9, `${host} is in sync and has another history below ${committed.offset}`);
    }
    copy.comparedWith = committed;
  }

  #fail(invariant: number, what: string): never {
    throw new InvariantError(`invariant ${invariant}: ${what}, in database ${this.#name}`);
  }
}
