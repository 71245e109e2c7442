/**
 * Nodes are killed at random moments, under writes that never pause. BOXERDB_KILL_ROUNDS says how
 * often (default: 12), BOXERDB_KILL_SEED repeats the choices of an earlier run.
 */
import { inspect } from "@boxerdb/engine";
import { describe, expect, test } from "vitest";

import { expectCaughtUp, expectSameRecords } from "../cluster/content.ts";
import { eventually } from "../cluster/eventually.ts";
import { TemporaryDirectory } from "../cluster/temporary-directory.ts";
import { TestNode } from "../cluster/test-node.ts";

import { NodeProcess, type Outcome } from "./node-process.ts";
import { WriteHistory, type Entries } from "./write-history.ts";

type Role = "leader" | "follower";

/** Small, so that many are sealed and compacted meanwhile. */
const segmentBytes = 16 << 10;

const rounds = Number(process.env["BOXERDB_KILL_ROUNDS"] ?? 12);
const seed = Number(process.env["BOXERDB_KILL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** Numbers from 0 to below 1 that a seed decides: mulberry32. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A leader and a follower in processes of their own, in directories that outlive them. */
class ProcessPair {
  readonly #home: string;
  readonly #writeQuorum: number;
  #peerPort = 0;
  leader: NodeProcess | undefined;
  follower: NodeProcess | undefined;

  constructor(home: string, writeQuorum: number) {
    this.#home = home;
    this.#writeQuorum = writeQuorum;
  }

  directoryOf(role: Role): string {
    return `${this.#home}/${role}`;
  }

  async start(role: Role): Promise<void> {
    const settings = {
      role,
      directory: this.directoryOf(role),
      segmentBytes,
      writeQuorum: this.#writeQuorum,
      peerPort: role === "leader" ? this.#peerPort : 0,
    };
    if (role === "leader") {
      this.leader = await NodeProcess.start(settings);
      this.#peerPort = this.leader.peerPort;
    } else {
      const leaderUrl = `http://127.0.0.1:${this.#peerPort}`;
      this.follower = await NodeProcess.start({ ...settings, leaderUrl });
    }
  }

  async kill(...roles: readonly Role[]): Promise<void> {
    await Promise.all(roles.map(async (role) => this[role]?.kill()));
    for (const role of roles) this[role] = undefined;
  }
}

/** Writes one after the other, each to a key that nobody else writes, until it is stopped. */
class Client {
  readonly #pair: ProcessPair;
  readonly #history: WriteHistory;
  readonly #keys: readonly string[];
  readonly #running: Promise<void>;
  #isStopped = false;

  constructor(pair: ProcessPair, history: WriteHistory, name: string) {
    this.#pair = pair;
    this.#history = history;
    this.#keys = Array.from({ length: 5 }, (_, index) => `${name}-${index}`);
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let count = 0; !this.#isStopped; count++) {
      const key = this.#keys[count % this.#keys.length] ?? "";
      const value = `${count} ${"x".repeat((count * 97) % 900)}`;
      const attempt = this.#history.begin(key, value);
      const outcome: Outcome = (await this.#pair.leader?.write(key, value)) ?? "refused";
      if (typeof outcome === "object") {
        attempt.acknowledged(outcome.acknowledged);
        continue;
      }
      if (outcome === "refused") attempt.refused();
      // The leader is gone, or alone: it will be, for another moment.
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

/** What the log in a directory holds for each key, whether or not it is committed. */
async function newestOf(directory: string): Promise<Entries> {
  const newest = new Map<string, { readonly value: unknown; readonly offset: number }>();
  for await (const item of inspect(directory, { database: "default" })) {
    if (item.type === "record" && item.kind === "put") newest.set(item.key, item);
    if (item.type === "damage") expect(item.isTornTail, item.reason).toBe(true);
  }
  return newest;
}

/** What the readers of a node see. */
async function visibleOn(node: TestNode): Promise<Entries> {
  const entries = await Array.fromAsync(node.collection().list());
  return new Map(entries.map((entry) => [entry.key, entry]));
}

describe.each([1, 2])("with a write quorum of %i", (writeQuorum) => {
  test(
    `no acknowledged write is lost to SIGKILL (seed ${seed})`,
    { timeout: 60_000 + rounds * 10_000 },
    async () => {
      const random = randomNumbers(seed + writeQuorum);
      await using home = await TemporaryDirectory.create();
      const pair = new ProcessPair(home.path, writeQuorum);
      const history = new WriteHistory();
      const clients: Client[] = [];
      const untilAcknowledged = (more: number): Promise<void> => {
        const target = history.acknowledged + more;
        return eventually(() => expect(history.acknowledged).toBeGreaterThanOrEqual(target));
      };
      try {
        await pair.start("leader");
        await pair.start("follower");
        for (let index = 0; index < 8; index++)
          clients.push(new Client(pair, history, `client-${index}`));
        for (let round = 0; round < Math.ceil(rounds / 2); round++) {
          await untilAcknowledged(1 + Math.floor(random() * 400));
          const victims = ([["leader"], ["follower"], ["leader", "follower"]] as const)[
            Math.floor(random() * 3)
          ] ?? ["leader"];
          await pair.kill(...victims);
          if (writeQuorum === 1 && pair.leader !== undefined) {
            await untilAcknowledged(Math.floor(random() * 200)); // Alone, meanwhile.
          }
          for (const role of victims) await pair.start(role);
        }
        await untilAcknowledged(100);
        await pair.kill("leader", "follower");
        await Promise.all(clients.map((client) => client.stop()));

        history.check(await newestOf(pair.directoryOf("leader")));
        // What the quorum acknowledged is on the follower's own disk, whatever becomes of the leader's.
        if (writeQuorum === 2) history.check(await newestOf(pair.directoryOf("follower")));
      } finally {
        await pair.kill("leader", "follower");
        await Promise.all(clients.map((client) => client.stop()));
      }

      const store = { segmentBytes } as const;
      await using leader = await TestNode.leader({ directory: pair.directoryOf("leader"), store });
      await using follower = await TestNode.follower(leader.peerUrl, {
        directory: pair.directoryOf("follower"),
        store,
      });
      await expectCaughtUp(leader, follower);
      history.check(await visibleOn(leader));
      history.check(await visibleOn(follower));
      const isCompacted = ({ isCompacted }: { readonly isCompacted: boolean }): boolean =>
        isCompacted;
      expect(leader.open().log.segments.some(isCompacted)).toBe(true);
      await leader.stop();
      await follower.stop();
      await expectSameRecords(leader, follower, { compacted: true });
    },
  );
});
