import type { OpenDatabase } from "@boxerdb/engine";

import type {
  DatabaseState,
  VersionedState,
} from "../../src/configuration/configuration-manager.ts";
import type { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";
import { replicaOf } from "../../src/database-log.ts";
import { includesReplica, isSameReplica, type ReplicaId } from "../../src/replica-id.ts";
import { RottenBit } from "../disk/rotten-bit.ts";
import type { Randomness } from "../randomness.ts";
import type { SimulatedMachine } from "../simulated-machine.ts";
import type { Transcript } from "../transcript.ts";

import type { RunningNode } from "./cluster-program.ts";
import type { LostReplicas } from "./lost-replicas.ts";

/** How often it is the log that rots, and not what stands beside it: checkpoints, manifests. */
const logShare = 0.8;

export interface RotInUseOptions {
  readonly randomness: Randomness;
  readonly configuration: MemoryConfiguration;
  readonly machines: ReadonlyMap<string, SimulatedMachine>;
  readonly running: ReadonlyMap<string, RunningNode>;
  readonly lost: LostReplicas;
  readonly transcript: Transcript;
}

type Segment = OpenDatabase["log"]["segments"][number];

/** A replica of a database, in use. */
interface Target {
  readonly host: string;
  readonly database: string;
  readonly open: OpenDatabase;
  readonly replica: ReplicaId;
}

/** Bytes that rot as soon as they cannot be taken for a write that a crash cut short. */
interface ActiveRot {
  readonly target: Target;
  readonly segment: Segment;
  /** How far the segment was synced when it was chosen. */
  readonly syncedBytes: number;
  readonly bit: number;
}

/** A bit that has flipped, and what is known of its replica. */
interface Rot {
  readonly target: Target;
  readonly rotten: RottenBit;
  /** The state of its database by which it was judged last. */
  judgedBy: VersionedState | undefined;
}

/**
 * Bits that flip on the disks of nodes that run, in the files of one database each. Never does the last
 * replica rot that has all that is committed; and where a replica that has rotten comes to be the only one
 * in sync before that was found, its bit flips back: acknowledged writes are promised to outlive the loss
 * of all replicas in sync but one, and that one may by then be what was lost.
 */
export class RotInUse {
  readonly #options: RotInUseOptions;
  readonly #rots: Rot[] = [];
  #coming: ActiveRot[] = [];

  constructor(options: RotInUseOptions) {
    this.#options = options;
  }

  /** Has a bit of a node flip, now or soon. Returns false where none may. */
  begin(host: string): boolean {
    const { randomness } = this.#options;
    const targets = this.#targetsOn(host).filter((target) => this.#mayLose(target));
    if (targets.length === 0) return false;
    const target = randomness.pick(targets);
    if (randomness.chance(logShare)) this.#rotLog(target);
    else this.#rotBeside(target);
    return true;
  }

  /** Nothing rots any more from now on, neither what was to rot soon. */
  end(): void {
    this.#coming = [];
  }

  /** To be called after every event. */
  look(): void {
    if (this.#coming.length > 0) this.#coming = this.#coming.filter((rot) => !this.#settle(rot));
    const { databases } = this.#options.configuration.view();
    for (const rot of this.#rots) {
      const agreed = databases.get(rot.target.database);
      if (agreed === rot.judgedBy) continue;
      rot.judgedBy = agreed;
      if (agreed !== undefined) this.#judge(rot, agreed.state);
    }
  }

  /** The bits that are on the disks still, with the databases and the nodes in whose files they are. */
  get left(): readonly {
    readonly host: string;
    readonly database: string;
    readonly path: string;
  }[] {
    return this.#rots
      .filter((rot) => this.#isThere(rot))
      .map(({ target: { host, database }, rotten: { path } }) => ({ host, database, path }));
  }

  /** The databases of a node that are open there, and copies of them that are being made. */
  #targetsOn(host: string): readonly Target[] {
    const node = this.#options.running.get(host);
    if (node === undefined) return [];
    return node.store.databases().flatMap(({ name, open }) => {
      const copy = node.node.replica(name)?.copy;
      return [open, copy].flatMap((one) =>
        one === undefined
          ? []
          : [{ host, database: name, open: one, replica: replicaOf(host, node.store, one) }],
      );
    });
  }

  #rotLog(target: Target): void {
    const { randomness } = this.#options;
    const { log } = target.open;
    const segment = randomness.pick(log.segments);
    if (segment !== log.active) {
      this.#flip(target, segment.path, randomness.integer(0, segment.byteSize * 8));
      return;
    }
    const { syncedBytes } = segment;
    const bit = randomness.integer(0, syncedBytes * 8);
    this.#coming.push({ target, segment, syncedBytes, bit });
  }

  #rotBeside(target: Target): void {
    const { randomness } = this.#options;
    const { directory } = target.open.log.identity;
    const content = this.#contentOf(target);
    const files = content
      .fileNames()
      .filter((path) => path.startsWith(`${directory}/`) && !path.endsWith(".log"))
      .filter((path) => content.readBytes(path).byteLength > 0);
    if (files.length === 0) return;
    const path = randomness.pick(files);
    this.#flip(target, path, randomness.integer(0, content.readBytes(path).byteLength * 8));
  }

  /** Has bytes of an active segment rot that a later group vouches for by now. Returns whether that is over. */
  #settle({ target, segment, syncedBytes, bit }: ActiveRot): boolean {
    const { host, database, open } = target;
    const node = this.#options.running.get(host);
    const isInUse =
      node?.store.database(database).open === open || node?.node.replica(database)?.copy === open;
    if (!isInUse || segment.isClosed || segment.byteSize < syncedBytes) return true;
    if (segment === open.log.active && segment.syncedBytes <= syncedBytes) return false;
    if (this.#mayLose(target)) this.#flip(target, segment.path, bit);
    return true;
  }

  #flip(target: Target, path: string, bit: number): void {
    const { lost, transcript } = this.#options;
    const rotten = new RottenBit(this.#contentOf(target), path, bit);
    lost.lose(target.replica);
    this.#rots.push({ target, rotten, judgedBy: undefined });
    transcript.note(target.host, `rotten while it runs: ${String(rotten)}`);
  }

  /**
   * Whether it has lost nothing yet, and all that is committed is on another node that runs, is in sync and
   * has lost nothing either.
   */
  #mayLose({ database, replica }: Target): boolean {
    const { configuration, running, lost } = this.#options;
    const state = configuration.view().databases.get(database)?.state;
    const leader = state?.leader;
    if (state === undefined || leader === undefined || lost.has(replica)) return false;
    const led = running.get(leader.nodeId)?.node.replica(database)?.leader;
    if (led?.state.epoch !== state.epoch) return false;
    return state.inSync.some(
      (member) =>
        !isSameReplica(member, replica) && !lost.has(member) && this.#isOpen(database, member),
    );
  }

  #isOpen(database: string, replica: ReplicaId): boolean {
    const node = this.#options.running.get(replica.nodeId);
    const open = node?.store.database(database).open;
    if (node === undefined || open === undefined || open.failure !== undefined) return false;
    return isSameReplica(replicaOf(replica.nodeId, node.store, open), replica);
  }

  /** Flips a bit back where nobody else has all that is committed. */
  #judge(rot: Rot, { inSync }: DatabaseState): void {
    const { lost, transcript } = this.#options;
    const { target, rotten } = rot;
    const { replica, host } = target;
    if (!lost.has(replica) || !includesReplica(inSync, replica)) return;
    if (inSync.some((member) => !lost.has(member)) || !this.#isThere(rot)) return;
    rotten.mend(this.#contentOf(target));
    lost.giveBack(replica);
    transcript.note(host, `no longer rotten, as nobody else is in sync: ${String(rotten)}`);
  }

  #isThere({ target, rotten }: Rot): boolean {
    return rotten.isOn(this.#contentOf(target));
  }

  #contentOf({ host }: Target): SimulatedMachine["disk"]["content"] {
    const machine = this.#options.machines.get(host);
    if (machine === undefined) throw new Error(`assertion failed: there is a machine "${host}"`);
    return machine.disk.content;
  }
}
