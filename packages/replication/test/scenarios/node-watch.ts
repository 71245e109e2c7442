import type { RunningNode } from "../../simulator/cluster/cluster-program.ts";
import type { MemoryConfiguration } from "../../src/configuration/memory-configuration.ts";
import type { DatabaseReplica } from "../../src/database-replica.ts";

import { databaseName } from "./database-name.ts";
import type { Standing, Story } from "./story.ts";

/** Between two roles, or where it is not known who leads. */
const idle = "neither leads nor follows";

interface Seen extends Standing {
  readonly role: string;
  /** Which directory of the database it is: each has a number of its own. */
  readonly logId: number;
}

/** Looks at all nodes, and at what they have agreed on, and tells what has changed since. */
export class NodeWatch {
  readonly #story: Story;
  readonly #configuration: MemoryConfiguration;
  readonly #running: ReadonlyMap<string, RunningNode>;
  readonly #seen = new Map<string, Seen>();
  /** By epoch, who has led in it. */
  readonly #leaders = new Map<number, string>();
  #agreed = "";

  constructor(
    story: Story,
    configuration: MemoryConfiguration,
    running: ReadonlyMap<string, RunningNode>,
  ) {
    this.#story = story;
    this.#configuration = configuration;
    this.#running = running;
  }

  /** Tells where all stand. */
  begin(): void {
    this.#agreed = "";
    this.#seen.clear();
    this.look();
  }

  look(): void {
    const state = this.#configuration.view().databases.get(databaseName)?.state;
    if (state !== undefined) {
      const { epoch, leader, inSync } = state;
      if (leader !== undefined) this.#leaders.set(epoch, leader.nodeId);
      const members = inSync.map(({ nodeId }) => nodeId).toSorted();
      const agreed = `agreed: epoch ${epoch}, ${leader?.nodeId ?? "nobody"} leads, in sync: ${members.join(", ")}`;
      if (agreed !== this.#agreed) this.#story.tell("manager", agreed);
      this.#agreed = agreed;
    }
    for (const [host, { node }] of this.#running) {
      const replica = node.replica(databaseName);
      if (replica !== undefined && replica.isOpen) this.#lookAt(host, replica);
    }
  }

  #lookAt(host: string, replica: DatabaseReplica): void {
    const now = this.#seenOf(replica);
    const before = this.#seen.get(host);
    this.#seen.set(host, now);
    const changes = changesOf(before, now);
    if (changes.length > 0) this.#story.tell(host, changes.join("; "), now);
  }

  #seenOf({ open, leader, follower }: DatabaseReplica): Seen {
    const { highWatermark, log } = open;
    const epoch = leader?.state.epoch ?? follower?.state.epoch ?? log.epochs.last;
    const followed = this.#leaders.get(epoch) ?? "nobody";
    const role =
      leader !== undefined ? "leads" : follower === undefined ? idle : `follows ${followed}`;
    const { logId } = open.manifest;
    return { epoch, endOffset: log.acceptedOffset, highWatermark, role, logId };
  }
}

const offsets = (from: number, end: number): string =>
  end - from === 1 ? `@${from}` : `@${from} to @${end - 1}`;

function changesOf(before: Seen | undefined, now: Seen): readonly string[] {
  const changes: string[] = [];
  const { role, endOffset, highWatermark } = now;
  const hasChanged = before?.role !== role || before.epoch !== now.epoch;
  if (hasChanged && role !== idle) changes.push(role);
  if (before === undefined) return changes;
  if (now.logId !== before.logId) {
    const content = endOffset === 0 ? "which is empty" : `of ${offsets(0, endOffset)}`;
    return [...changes, `has another copy of the database, ${content}`];
  }
  if (endOffset > before.endOffset) changes.push(`appends ${offsets(before.endOffset, endOffset)}`);
  if (endOffset < before.endOffset)
    changes.push(`CUTS OFF ${offsets(endOffset, before.endOffset)}`);
  if (highWatermark > before.highWatermark) {
    const verb = role === "leads" ? "commits" : "shows";
    changes.push(`${verb} ${offsets(before.highWatermark, highWatermark)}`);
  }
  if (highWatermark < before.highWatermark) changes.push(`shows nothing from @${highWatermark} on`);
  return changes;
}
