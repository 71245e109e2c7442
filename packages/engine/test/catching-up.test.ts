/**
 * A copy that follows a log that is compacted meanwhile: whenever it says that it is whole, it shows what the
 * leader had at the same offset, whatever crashes, and where; and it comes to be whole.
 */
import { deepStrictEqual } from "node:assert/strict";

import {
  backUpDirectory,
  CatchingUpError,
  CorruptionError,
  epoch,
  logOffset,
  MemoryFileSystem,
  planRepair,
  processLocalLocker,
  repair,
  replay,
  restoreBackup,
  type FileSystem,
  type LogOffset,
  type OpenDatabase,
  type Store,
} from "@boxerdb/engine";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { randomSurvival } from "../src/filesystem/survival.ts";
import { nothingMissed, readMissedRecords, wholeManifestName } from "../src/store/manifest.ts";

import { interruptEverywhere, openAt } from "./interrupted-work.ts";
import { leadAlone } from "./lone-leader.ts";
import { dataDirectory, SimulatedMachine } from "./simulated-machine.ts";
import { contentsOf } from "./store-contents.ts";

const name = "app";
const copyDirectory = `${dataDirectory}/databases/${name}`;
const wholeFile = `${copyDirectory}/${wholeManifestName}`;

function openIn(store: Store): OpenDatabase {
  const { open } = store.database(name);
  if (open === undefined) throw new Error("the database does not exist");
  return open;
}

const collectionsOf = async (store: Store): Promise<unknown> =>
  (await contentsOf(store))[name]?.collections;

/** A node that commits what it writes, and remembers what it had at each high watermark. */
class Leader {
  readonly #machine = new SimulatedMachine();
  readonly #states = new Map<number, unknown>();
  #store: Store | undefined;
  #epoch = 1;

  static async start(): Promise<Leader> {
    const leader = new Leader();
    leader.#store = await leader.#machine.open({ commit: "replicated" });
    leadAlone(leader.#store);
    await leader.#store.admitReplicas();
    await leader.#store.createDatabase(name);
    await leader.#commit();
    return leader;
  }

  get store(): Store {
    if (this.#store === undefined) throw new Error("the store is not open");
    return this.#store;
  }

  get database(): OpenDatabase {
    return openIn(this.store);
  }

  stateAt(highWatermark: number): unknown {
    return this.#states.get(highWatermark);
  }

  async put(key: number, bytes: number): Promise<void> {
    const { collection, end } = this.#write();
    const written = collection.put(`key ${key}`, `${end} `.padEnd(bytes, "v"));
    await this.database.idle();
    await this.#commit();
    await written;
  }

  async remove(key: number): Promise<void> {
    const removed = this.#write().collection.delete(`key ${key}`);
    await this.database.idle();
    await this.#commit();
    await removed;
  }

  async restart(): Promise<void> {
    await this.store.close();
    this.#store = await this.#machine.open({ commit: "replicated" });
    await this.database.beginEpoch(epoch(++this.#epoch));
    await this.#commit();
  }

  #write() {
    const { database } = this;
    return { collection: this.store.database(name).collection("c"), end: database.log.endOffset };
  }

  async #commit(): Promise<void> {
    this.database.advanceHighWatermark(this.database.log.acceptedOffset);
    this.#states.set(this.database.highWatermark, await collectionsOf(this.store));
  }
}

/** Takes one chunk, and shows at most `shown` records more; whether there was any. */
async function pull(
  leader: Leader,
  copy: OpenDatabase,
  maxBytes: number,
  shown = Infinity,
): Promise<boolean> {
  const { log, highWatermark } = leader.database;
  const from = copy.log.acceptedOffset;
  const chunk = await log.readFrom(from, maxBytes);
  const missedBelow = (offset: LogOffset): LogOffset => (from < offset ? offset : logOffset(0));
  const missed = {
    wholeFrom: missedBelow(log.compactedTo),
    purgeFloor: missedBelow(log.purgeFloor),
  };
  const isNews = chunk.nextOffset > from;
  if (isNews) await copy.appendReplicated(chunk.bytes, chunk.nextOffset, missed);
  copy.advanceHighWatermark(logOffset(Math.min(highWatermark, copy.highWatermark + shown)));
  return isNews;
}

async function openCopy(machine: SimulatedMachine, leader: Leader): Promise<Store> {
  const store = await machine.open({ commit: "replicated" });
  await store.becomeReplicaOf(leader.store.id);
  if (!store.database(name).exists) {
    await store.createReplica(name, leader.store.database(name).id ?? "");
  }
  return store;
}

async function expectTrueOrRefused(store: Store, leader: Leader, place = ""): Promise<void> {
  const { highWatermark, isWhole } = openIn(store);
  if (!isWhole) return;
  const truth = highWatermark === 0 ? {} : leader.stateAt(highWatermark);
  deepStrictEqual(await collectionsOf(store), truth, `${place}, at ${highWatermark}`);
}

const key = fc.nat({ max: 4 });
const step = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({ type: fc.constant("put" as const), key, bytes: fc.nat({ max: 900 }) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("remove" as const), key }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant("compact" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("restart the leader" as const) }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("pull" as const),
      maxBytes: fc.nat({ max: 2_000 }),
      shown: fc.nat({ max: 9 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("kill" as const) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("cut" as const), seed: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("close" as const) }) },
);

test("a copy is whole or says that it is not, and comes to be whole", async () => {
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 80 }), async (steps) => {
      const leader = await Leader.start();
      const machine = new SimulatedMachine();
      let store = await openCopy(machine, leader);
      for (const step of steps) {
        switch (step.type) {
          case "put":
            await leader.put(step.key, step.bytes);
            break;
          case "remove":
            await leader.remove(step.key);
            break;
          case "compact":
            await leader.store.compact();
            break;
          case "restart the leader":
            await leader.restart();
            break;
          case "pull":
            await pull(leader, openIn(store), step.maxBytes, step.shown);
            break;
          case "kill":
            machine.killProcess();
            store = await openCopy(machine, leader);
            break;
          case "cut":
            machine.cutPower(randomSurvival(step.seed));
            store = await openCopy(machine, leader);
            break;
          case "close":
            await store.close();
            store = await openCopy(machine, leader);
        }
        await expectTrueOrRefused(store, leader, step.type);
        if (!openIn(store).isWhole) refused++;
      }
      while (await pull(leader, openIn(store), 1 << 20));
      expect(openIn(store).isWhole).toBe(true);
      await expectTrueOrRefused(store, leader, "in the end");
    }),
    { numRuns: 60 },
  );
  expect(refused).toBeGreaterThan(0);
}, 120_000);

/** A leader whose first values were compacted away when a copy had the first of them. */
async function startBehindGap(): Promise<{ leader: Leader; machine: SimulatedMachine }> {
  const leader = await Leader.start();
  await leader.put(0, 10);
  const machine = new SimulatedMachine();
  const store = await openCopy(machine, leader);
  await pull(leader, openIn(store), 1 << 20);
  await store.close();
  for (let round = 0; round < 12; round++) await leader.put(round % 3, 900);
  await leader.store.compact();
  expect(leader.database.log.segments.some(({ isCompacted }) => isCompacted)).toBe(true);
  return { leader, machine };
}

async function damage(disk: MemoryFileSystem): Promise<void> {
  const file = await disk.open(wholeFile, "write");
  await file.write(Buffer.from("x"), 12);
  await file.close();
}

describe("a copy behind a gap", () => {
  test("is known not to be whole by whoever opens it, wherever it was stopped", async () => {
    const { leader, machine } = await startBehindGap();
    const found = { whole: 0, refused: 0 };
    const openOn = (fileSystem: FileSystem): Promise<Store> =>
      new SimulatedMachine(new MemoryFileSystem()).open({ commit: "replicated", fileSystem });
    await interruptEverywhere(
      machine.disk,
      async (fileSystem) => {
        const store = await openOn(fileSystem);
        while (await pull(leader, openIn(store), 1, 2));
        await store.close();
      },
      async (after, _isDone, place) => {
        const store = await openOn(after);
        await expectTrueOrRefused(store, leader, place);
        if (openIn(store).isWhole) found.whole++;
        else found.refused++;
        while (await pull(leader, openIn(store), 1 << 20));
        expect(openIn(store).isWhole).toBe(true);
        await expectTrueOrRefused(store, leader, place);
        await store.close();
      },
    );
    expect(found.whole).toBeGreaterThan(0);
    expect(found.refused).toBeGreaterThan(0);
  }, 120_000);

  test("says how far it is, waits with its feed, and answers when it has all", async () => {
    const { leader, machine } = await startBehindGap();
    const store = await openCopy(machine, leader);
    const database = store.database(name);
    expect(database.isWhole).toBe(true);
    const feed = database.changes();
    let isTold = false;
    const next = feed.next().finally(() => {
      isTold = true;
    });
    await pull(leader, openIn(store), 1, 1);
    const { highWatermark, wholeness } = openIn(store);
    expect(database.isWhole).toBe(false);
    expect(database.status()?.wholeFrom).toBe(leader.database.log.compactedTo);
    expect(() => database.assertWhole()).toThrow(CatchingUpError);
    expect(() => database.assertWhole()).toThrow(
      `it holds ${highWatermark} of the ${wholeness.from} records`,
    );
    await expect(
      database.snapshotAt(highWatermark, AbortSignal.timeout(10_000)),
    ).rejects.toBeInstanceOf(CatchingUpError);
    const passing = database.snapshotAt(logOffset(highWatermark + 1), AbortSignal.timeout(10_000));
    const refused = expect(passing).rejects.toBeInstanceOf(CatchingUpError);
    expect(await Array.fromAsync(database.changes({ live: false, from: logOffset(0) }))).toEqual(
      [],
    );
    await pull(leader, openIn(store), 1 << 20, 1);
    await refused;
    await new Promise(setImmediate);
    expect(isTold).toBe(false);
    while (await pull(leader, openIn(store), 1 << 20));
    expect(database.isWhole).toBe(true);
    expect((await next).value).toMatchObject({ type: "put", collection: "c" });
    await feed.return();
  });

  test("writes down what it misses once, and not where it misses nothing", async () => {
    const { leader, machine } = await startBehindGap();
    const store = await openCopy(machine, leader);
    const writes = () =>
      machine.operations.filter(({ path }) => path === `${wholeFile}.new`).length;
    while (await pull(leader, openIn(store), 1, 1));
    const once = writes();
    expect(once).toBeGreaterThan(0);
    const { wholeFrom } = await readMissedRecords(machine.disk, copyDirectory);
    expect(wholeFrom).toBe(leader.database.log.compactedTo);
    for (let round = 0; round < 12; round++) {
      await leader.put(round % 3, 900);
      await pull(leader, openIn(store), 1 << 20);
      await leader.store.compact();
      await pull(leader, openIn(store), 1 << 20);
      expect(openIn(store).isWhole).toBe(true);
    }
    expect(leader.database.log.compactedTo).toBeGreaterThan(wholeFrom);
    expect(writes()).toBe(once);
    expect(openIn(store).wholeness.from).toBe(wholeFrom);
  });

  test("is known to be there by a leader that was started again, and by no copy that keeps up", async () => {
    const { leader, machine } = await startBehindGap();
    const { compactedTo } = leader.database.log;
    await leader.restart();
    const { log, highWatermark } = leader.database;
    expect(log.compactedTo).toBeGreaterThanOrEqual(compactedTo);
    expect(log.compactedTo).toBeLessThan(highWatermark);
    const store = await openCopy(machine, leader);
    await pull(leader, openIn(store), 1, 1);
    expect(openIn(store).isWhole).toBe(false);
    // Who follows that copy, where it leads one day, misses the same.
    expect(openIn(store).log.compactedTo).toBe(openIn(store).wholeness.from);
    await store.close();
    const reopened = await openCopy(machine, leader);
    expect(openIn(reopened).log.compactedTo).toBe(openIn(reopened).wholeness.from);
  });

  test("takes over below which offset deletions are missing, and hands that on", async () => {
    const leader = await Leader.start();
    await leader.put(0, 900);
    await leader.remove(0);
    for (let round = 0; round < 20; round++) await leader.put(1 + (round % 3), 900);
    leader.database.purgeLimit = leader.database.highWatermark;
    await leader.store.compact();
    const { purgeFloor } = leader.database.log;
    expect(purgeFloor).toBeGreaterThan(0);
    const machine = new SimulatedMachine();
    const store = await openCopy(machine, leader);
    await pull(leader, openIn(store), 1, 1);
    expect(openIn(store).log.purgeFloor).toBe(purgeFloor);
    while (await pull(leader, openIn(store), 1 << 20));
    expect(openIn(store).log.purgeFloor).toBe(purgeFloor);
    await store.close();
    const reopened = await openCopy(machine, leader);
    expect(openIn(reopened).log.purgeFloor).toBe(purgeFloor);
    await reopened.backup("/srv/backup");
    await reopened.close();
    await restoreBackup("/srv/backup", "/srv/restored", { fileSystem: machine.disk });
    await using restored = await openAt(machine.disk, "/srv/restored");
    expect(openIn(restored).log.purgeFloor).toBe(purgeFloor);
  });

  test("is whole when it leads: what it has is what there is, once that is committed", async () => {
    const { leader, machine } = await startBehindGap();
    const store = await openCopy(machine, leader);
    await pull(leader, openIn(store), 1, 1);
    await openIn(store).wholeness.noteMissed({ ...nothingMissed, wholeFrom: logOffset(100) });
    const deposed = new Error("another node leads");
    const first = await openIn(store).beginEpoch(epoch(9));
    openIn(store).advanceHighWatermark(first);
    expect(openIn(store).isWhole).toBe(false);
    openIn(store).stopWriting(deposed);
    openIn(store).advanceHighWatermark(logOffset(first + 1));
    expect(openIn(store).isWhole).toBe(false);

    const second = await openIn(store).beginEpoch(epoch(10));
    openIn(store).advanceHighWatermark(logOffset(second + 1));
    expect(openIn(store).isWhole).toBe(true);
    openIn(store).stopWriting(deposed);
    expect(openIn(store).isWhole).toBe(true);
  });

  test("is not copied, nor replayed to what it never was; once it is whole, its past is told apart", async () => {
    const { leader, machine } = await startBehindGap();
    const store = await openCopy(machine, leader);
    await pull(leader, openIn(store), 1, 1);
    await expect(store.backup("/srv/backup")).rejects.toBeInstanceOf(CatchingUpError);
    await store.close();
    const fileSystem = machine.disk;
    const options = { fileSystem, locker: processLocalLocker() };
    await expect(backUpDirectory(dataDirectory, "/srv/backup", options)).rejects.toBeInstanceOf(
      CatchingUpError,
    );
    const replayed = (until: number, from = dataDirectory) =>
      replay(from, `/srv/replayed-${until}`, { fileSystem, until: { offset: logOffset(until) } });
    await expect(replayed(2)).rejects.toBeInstanceOf(CatchingUpError);

    const again = await openCopy(machine, leader);
    while (await pull(leader, openIn(again), 1 << 20));
    const { from } = openIn(again).wholeness;
    await again.backup("/srv/backup");
    await again.close();
    await restoreBackup("/srv/backup", "/srv/restored", { fileSystem });
    for (const directory of [dataDirectory, "/srv/restored"]) {
      await expect(replayed(from - 1, directory)).rejects.toMatchObject({ earliestOffset: from });
    }
    await replayed(from);
    await using made = await openAt(fileSystem, `/srv/replayed-${from}`);
    deepStrictEqual(await collectionsOf(made), leader.stateAt(from));
  });

  test("is repaired to what it has, where nobody can say what it misses", async () => {
    const { leader, machine } = await startBehindGap();
    const store = await openCopy(machine, leader);
    while (await pull(leader, openIn(store), 1 << 20));
    const { endOffset } = openIn(store).log;
    await store.close();
    const options = { fileSystem: machine.disk, locker: processLocalLocker() };
    await damage(machine.disk);
    const plan = await planRepair(dataDirectory, options);
    expect(plan.manifests).toEqual([wholeFile]);
    await repair(dataDirectory, plan, options);
    expect(await readMissedRecords(machine.disk, copyDirectory)).toEqual({
      wholeFrom: endOffset,
      purgeFloor: endOffset,
    });
    await using repaired = await openAt(machine.disk, dataDirectory);
    expect(repaired.database(name).isWhole).toBe(true);
    deepStrictEqual(await collectionsOf(repaired), await collectionsOf(leader.store));
  });

  test("does not open where nobody can say what it misses", async () => {
    const { leader, machine } = await startBehindGap();
    const store = await openCopy(machine, leader);
    await pull(leader, openIn(store), 1);
    await store.close();
    await damage(machine.disk);
    const error = await openAt(machine.disk, dataDirectory).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(CorruptionError);
    expect(error).toMatchObject({ path: wholeFile });
  });
});
