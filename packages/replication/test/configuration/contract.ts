/** What every configuration manager has to do, as a suite of tests to run with it. */
import { epoch } from "@boxerdb/engine";
import {
  ConfigurationUnavailableError,
  LeaseLostError,
  type CompareAndSetResult,
  type ConfigurationManager,
  type DatabaseState,
  type NodeAddress,
  type Revision,
  type VersionedState,
} from "@boxerdb/replication";
import { describe, expect, test } from "vitest";

import { eventually } from "../cluster/eventually.ts";

/** A manager that nobody else uses, with nothing in it. */
export interface ManagerUnderTest extends AsyncDisposable {
  /** What one more node has of it. */
  connect(): Promise<ConfigurationManager>;
  /** How long leases are to last in these tests: long enough for some calls. */
  readonly ttlMs: number;
  /** How much longer than that they may last. */
  readonly slackMs: number;
  /** Lets time pass for the manager. */
  pass(delayMs: number): Promise<void>;
}

const replica = (nodeId: string) => ({ nodeId, directoryId: `disk-${nodeId}` });

/** A database that `a` leads, `b` and `c` in sync with it. */
const led: DatabaseState = {
  id: "0b3f6a2e-7c51-4d0b-9a53-0b8c2b1f6a77",
  epoch: epoch(1),
  leader: replica("a"),
  inSync: [replica("a"), replica("b"), replica("c")],
};
const shrunk: DatabaseState = { ...led, inSync: [replica("a"), replica("b")] };

/** `led`, with who leads it in the epoch of this number. */
const reign = (leader: string, number: number): DatabaseState => ({
  ...led,
  epoch: epoch(number),
  leader: replica(leader),
});

const address = (nodeId: string, port = 8081): NodeAddress => ({
  nodeId,
  peerUrl: `http://${nodeId}.example:${port}`,
  publicUrl: `http://${nodeId}.example:${port - 1}`,
});

/** The revision that a compare-and-set has led to. */
function applied(result: CompareAndSetResult): Revision {
  if (!result.applied) throw new Error(`not applied: ${JSON.stringify(result.current)}`);
  return result.revision;
}

const databaseOf = async (
  manager: ConfigurationManager,
  name: string,
): Promise<VersionedState | undefined> => (await manager.read()).databases.get(name);

const nodesOf = async (manager: ConfigurationManager): Promise<readonly NodeAddress[]> =>
  [...(await manager.read()).nodes.values()].toSorted((a, b) => (a.nodeId < b.nodeId ? -1 : 1));

/** `create`: called for each test. */
export function describeConfigurationManager(
  name: string,
  create: () => Promise<ManagerUnderTest>,
): void {
  describe(`${name}: states of databases`, () => {
    test("one is made where there is none, and is read as it was made, by all", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      expect((await a.read()).databases).toEqual(new Map());

      const revision = applied(await a.compareAndSet("orders", undefined, led));
      const leaderless = { ...led, epoch: epoch(7), leader: undefined };
      const other = applied(await a.compareAndSet("Users.2-x_y", undefined, leaderless));
      for (const node of [a, b]) {
        expect((await node.read()).databases).toEqual(
          new Map([
            ["orders", { state: led, revision }],
            ["Users.2-x_y", { state: leaderless, revision: other }],
          ]),
        );
      }
    });

    test("one that is there is not made again, and the one who tries is told of it", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      const revision = applied(await a.compareAndSet("orders", undefined, led));
      const result = await b.compareAndSet("orders", undefined, reign("b", 1));
      expect(result).toEqual({ applied: false, current: { state: led, revision } });
      expect(await databaseOf(b, "orders")).toEqual({ state: led, revision });
    });

    test("one is changed by the revision that it has, and by no other", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      const first = applied(await a.compareAndSet("orders", undefined, led));
      const second = applied(await a.compareAndSet("orders", first, shrunk));
      expect(second).toBeGreaterThan(first);
      const current = { state: shrunk, revision: second };
      for (const stale of [first, undefined, (second + 1) as Revision]) {
        const result = await b.compareAndSet("orders", stale, reign("c", 2));
        expect(result).toEqual({ applied: false, current });
      }
      expect(await databaseOf(a, "orders")).toEqual(current);
    });

    test("the same state again is a change too", async () => {
      await using manager = await create();
      const a = await manager.connect();
      const first = applied(await a.compareAndSet("orders", undefined, led));
      const second = applied(await a.compareAndSet("orders", first, led));
      expect(second).toBeGreaterThan(first);
      expect((await a.compareAndSet("orders", first, shrunk)).applied).toBe(false);
    });

    test("changes of other databases are in nobody's way", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      const orders = applied(await a.compareAndSet("orders", undefined, led));
      const users = applied(await b.compareAndSet("users", undefined, led));
      applied(await b.compareAndSet("users", users, shrunk));
      applied(await a.compareAndSet("orders", orders, shrunk));
    });

    test("one is removed by the revision that it has, and by no other", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      const first = applied(await a.compareAndSet("orders", undefined, led));
      const second = applied(await a.compareAndSet("orders", first, shrunk));
      const result = await b.compareAndSet("orders", first, undefined);
      expect(result).toEqual({ applied: false, current: { state: shrunk, revision: second } });
      const removed = applied(await b.compareAndSet("orders", second, undefined));
      expect(removed).toBeGreaterThan(second);
      expect(await databaseOf(a, "orders")).toBeUndefined();

      for (const next of [led, undefined]) {
        const late = await a.compareAndSet("orders", second, next);
        expect(late).toEqual({ applied: false, current: undefined });
      }
    });

    test("one that is made again has a higher revision than it had before", async () => {
      await using manager = await create();
      const a = await manager.connect();
      const first = applied(await a.compareAndSet("orders", undefined, led));
      const removed = applied(await a.compareAndSet("orders", first, undefined));
      const again = applied(await a.compareAndSet("orders", undefined, led));
      expect(again).toBeGreaterThan(removed);
      expect((await a.compareAndSet("orders", first, shrunk)).applied).toBe(false);
    });

    test("of many who change one revision, one does, and all others learn to what", async () => {
      await using manager = await create();
      const nodes = await Promise.all(Array.from({ length: 4 }, () => manager.connect()));
      let revision = await makeTogether(nodes);
      for (let number = 2; number <= 6; number++) {
        const expected = revision;
        const results = await Promise.all(
          nodes.flatMap((node) =>
            ["a", "b", "c"].map(async (leader) => {
              const next = reign(leader, number);
              return { next, result: await node.compareAndSet("orders", expected, next) };
            }),
          ),
        );
        const winners = results.filter(({ result }) => result.applied);
        expect(winners).toHaveLength(1);
        for (const { next, result } of winners) {
          revision = applied(result);
          const current = { state: next, revision };
          expect(await databaseOf(nodes[0] ?? expect.fail(), "orders")).toEqual(current);
          for (const lost of results) {
            if (!lost.result.applied) expect(lost.result.current).toEqual(current);
          }
        }
      }
    });

    test("many who each try until they have made a change make as many changes", async () => {
      await using manager = await create();
      const nodes = await Promise.all(Array.from({ length: 4 }, () => manager.connect()));
      const first = applied(
        await (nodes[0] ?? expect.fail()).compareAndSet("orders", undefined, led),
      );
      let conflicts = 0;
      await Promise.all(
        nodes.map(async (node) => {
          for (let change = 0; change < 5; change++) {
            let current: VersionedState = { state: led, revision: first };
            for (let isDone = false; !isDone;) {
              const next = reign("a", current.state.epoch + 1);
              const result = await node.compareAndSet("orders", current.revision, next);
              isDone = result.applied;
              if (!result.applied) {
                conflicts++;
                current = result.current ?? expect.fail("it is never removed");
              }
            }
          }
        }),
      );
      const state = await databaseOf(nodes[0] ?? expect.fail(), "orders");
      expect(state?.state.epoch).toBe(1 + 4 * 5);
      expect(conflicts).toBeGreaterThan(0);
    });

    test("a read sees what was written before it was called, by whomever", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      let revision = applied(await a.compareAndSet("orders", undefined, led));
      for (let number = 2; number <= 10; number++) {
        const state = reign("a", number);
        revision = applied(await a.compareAndSet("orders", revision, state));
        const reader = number % 2 === 0 ? a : b;
        expect(await databaseOf(reader, "orders")).toEqual({ state, revision });
      }
    });
  });

  describe(`${name}: revisions of views`, () => {
    test("grow with every change, of databases and of nodes", async () => {
      await using manager = await create();
      const a = await manager.connect();
      const revisions = [(await a.read()).revision];
      const first = applied(await a.compareAndSet("orders", undefined, led));
      revisions.push((await a.read()).revision);
      const lease = await a.register(address("a"), manager.ttlMs);
      revisions.push((await a.read()).revision);
      const second = applied(await a.compareAndSet("orders", first, shrunk));
      revisions.push((await a.read()).revision);
      await lease.release();
      revisions.push((await a.read()).revision);
      applied(await a.compareAndSet("orders", second, undefined));
      revisions.push((await a.read()).revision);
      const isGrowing = revisions.every((revision, at) => revision > (revisions[at - 1] ?? -1));
      expect(isGrowing, revisions.join(", ")).toBe(true);
    });

    test("say which changes a view holds", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      const first = applied(await a.compareAndSet("orders", undefined, led));
      const before = await a.read();
      const changes = Promise.all([
        (async () => {
          const second = applied(await b.compareAndSet("orders", first, shrunk));
          const third = applied(await b.compareAndSet("orders", second, undefined));
          return [second, third] as const;
        })(),
        Promise.all(Array.from({ length: 20 }, () => a.read())),
      ]);
      const [[second, third], views] = await changes;
      for (const { revision, databases } of [before, ...views, await b.read()]) {
        const expected =
          revision < second
            ? { state: led, revision: first }
            : revision < third
              ? { state: shrunk, revision: second }
              : undefined;
        expect(databases.get("orders")).toEqual(expected);
      }
    });

    test("do not fall, and views stay the same, while nothing changes", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      applied(await a.compareAndSet("orders", undefined, led));
      const lease = await a.register(address("a"), manager.ttlMs);
      const view = await a.read();
      await lease.renew();
      expect((await b.compareAndSet("orders", undefined, led)).applied).toBe(false);
      const { revision, databases, nodes } = await b.read();
      expect(revision).toBeGreaterThanOrEqual(view.revision);
      expect({ databases, nodes }).toEqual({ databases: view.databases, nodes: view.nodes });
    });
  });

  describe(`${name}: nodes`, () => {
    test("are known from their registration on, with their addresses", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      expect(await nodesOf(a)).toEqual([]);
      await a.register(address("a"), manager.ttlMs);
      await b.register(address("b"), manager.ttlMs);
      expect(await nodesOf(a)).toEqual([address("a"), address("b")]);
      expect((await b.read()).nodes.get("a")).toEqual(address("a"));
    });

    test("stay known while they renew, and no longer than their lease when they do not", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      const lease = await a.register(address("a"), manager.ttlMs);
      for (let half = 0; half < 4; half++) {
        await manager.pass(manager.ttlMs / 2);
        await lease.renew();
      }
      expect(await nodesOf(b)).toEqual([address("a")]);
      await manager.pass(manager.ttlMs / 2);
      expect(await nodesOf(b)).toEqual([address("a")]);

      await manager.pass(manager.ttlMs / 2 + manager.slackMs);
      await eventually(async () => expect(await nodesOf(b)).toEqual([]));
      await expect(lease.renew()).rejects.toBeInstanceOf(LeaseLostError);
      expect(await nodesOf(b)).toEqual([]);
    });

    test("are forgotten one by one", async () => {
      await using manager = await create();
      const a = await manager.connect();
      await a.register(address("a"), manager.ttlMs);
      const kept = await a.register(address("b"), manager.ttlMs);
      await manager.pass(manager.ttlMs / 2);
      await kept.renew();
      await manager.pass(manager.ttlMs / 2 + manager.slackMs / 2);
      await kept.renew();
      await eventually(async () => {
        await kept.renew();
        expect(await nodesOf(a)).toEqual([address("b")]);
      });
    });

    test("are forgotten at once when they go", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      const lease = await a.register(address("a"), manager.ttlMs);
      await lease.release();
      expect(await nodesOf(b)).toEqual([]);
      await expect(lease.renew()).rejects.toBeInstanceOf(LeaseLostError);
      // Again: it has ended, as it was asked to.
      await lease.release();
    });

    test("can come back under a new address", async () => {
      await using manager = await create();
      const a = await manager.connect();
      await (await a.register(address("a"), manager.ttlMs)).release();
      const lease = await a.register(address("a", 9081), manager.ttlMs);
      expect(await nodesOf(a)).toEqual([address("a", 9081)]);
      await lease.renew();
    });

    test("are taken over by who registers under the same id", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      const old = await a.register(address("a"), manager.ttlMs);
      await manager.pass(manager.ttlMs / 2);
      const lease = await b.register(address("a", 9081), manager.ttlMs);
      expect(await nodesOf(a)).toEqual([address("a", 9081)]);
      await expect(old.renew()).rejects.toBeInstanceOf(LeaseLostError);

      // Neither what the old one does nor the end of its lease concerns the new one.
      await old.release();
      expect(await nodesOf(a)).toEqual([address("a", 9081)]);
      await manager.pass(manager.ttlMs / 2);
      await lease.renew();
      await manager.pass(manager.ttlMs / 2);
      await lease.renew();
      expect(await nodesOf(a)).toEqual([address("a", 9081)]);
    });

    test("go, and databases stay", async () => {
      await using manager = await create();
      const a = await manager.connect();
      const lease = await a.register(address("a"), manager.ttlMs);
      const revision = applied(await a.compareAndSet("orders", undefined, led));
      await lease.release();
      expect(await databaseOf(a, "orders")).toEqual({ state: led, revision });
    });
  });

  describe(`${name}: hints`, () => {
    test("reach all who watch, of databases and of nodes", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      const counts = { a: 0, b: 0 };
      const stop = [a.watch(() => counts.a++), b.watch(() => counts.b++)];
      /** Makes a change, and waits until both were told. Counts begin anew. */
      const hintsOf = async <Result>(change: () => Promise<Result>): Promise<Result> => {
        counts.a = 0;
        counts.b = 0;
        const result = await change();
        await eventually(() => {
          expect(counts.a).toBeGreaterThan(0);
          expect(counts.b).toBeGreaterThan(0);
        });
        return result;
      };
      const made = await hintsOf(() => a.compareAndSet("orders", undefined, led));
      const changed = await hintsOf(() => b.compareAndSet("orders", applied(made), shrunk));
      await hintsOf(() => b.compareAndSet("orders", applied(changed), undefined));
      const lease = await hintsOf(() => a.register(address("a"), manager.ttlMs));
      await hintsOf(() => lease.release());
      await hintsOf(() => b.register(address("b"), manager.ttlMs));
      // The end of a lease, that nobody asks for.
      await hintsOf(() => manager.pass(manager.ttlMs + manager.slackMs));
      for (const stopWatching of stop) stopWatching();
    });

    test("who is told by one and reads sees the change", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      const seen = new Promise<VersionedState | undefined>((resolve, reject) => {
        const stop = b.watch(() => {
          stop();
          databaseOf(b, "orders").then(resolve, reject);
        });
      });
      const revision = applied(await a.compareAndSet("orders", undefined, led));
      expect(await seen).toEqual({ state: led, revision });
    });

    test("are told to each listener until it stops, and not to others that stopped", async () => {
      await using manager = await create();
      const a = await manager.connect();
      const told: string[] = [];
      const stopFirst = a.watch(() => told.push("first"));
      const stopSecond = a.watch(() => told.push("second"));
      const first = applied(await a.compareAndSet("orders", undefined, led));
      await eventually(() => expect(new Set(told)).toEqual(new Set(["first", "second"])));
      stopFirst();
      stopFirst();
      told.length = 0;
      applied(await a.compareAndSet("orders", first, shrunk));
      await eventually(() => expect(told).toContain("second"));
      expect(told).not.toContain("first");
      stopSecond();
    });

    test("are told to a listener for each time that it was given", async () => {
      await using manager = await create();
      const a = await manager.connect();
      let hints = 0;
      const listener = (): void => void hints++;
      const stopFirst = a.watch(listener);
      a.watch(listener);
      stopFirst();
      applied(await a.compareAndSet("orders", undefined, led));
      await eventually(() => expect(hints).toBeGreaterThan(0));
    });
  });

  describe(`${name}: a connection that was closed`, () => {
    test("answers nothing, and changes nothing", async () => {
      await using manager = await create();
      const [a, b] = [await manager.connect(), await manager.connect()];
      const lease = await a.register(address("a"), manager.ttlMs);
      let hints = 0;
      a.watch(() => hints++);
      await eventually(async () => {
        const current = await databaseOf(b, "orders");
        applied(await b.compareAndSet("orders", current?.revision, led));
        expect(hints).toBeGreaterThan(0);
      });
      await a.close();
      hints = 0;
      const calls = [
        () => a.read(),
        () => a.compareAndSet("users", undefined, led),
        () => a.register(address("z"), manager.ttlMs),
        () => lease.renew(),
      ];
      for (const call of calls) {
        await expect(call()).rejects.toBeInstanceOf(ConfigurationUnavailableError);
      }
      expect(await databaseOf(b, "users")).toBeUndefined();
      expect(await nodesOf(b)).toEqual([address("a")]);
      expect(hints).toBe(0);
      await a.close();
    });
  });
}

/** Has all make the same database at once, and returns the revision of the one that did. */
async function makeTogether(nodes: readonly ConfigurationManager[]): Promise<Revision> {
  const results = await Promise.all(
    nodes.map((node) => node.compareAndSet("orders", undefined, led)),
  );
  const revisions = results.flatMap((result) => (result.applied ? [result.revision] : []));
  expect(revisions).toHaveLength(1);
  const revision = revisions[0] ?? expect.fail();
  for (const result of results) {
    if (!result.applied) expect(result.current).toEqual({ state: led, revision });
  }
  return revision;
}
