/**
 * Nodes in processes of their own are killed, frozen and relieved of their office at random, under the load of
 * several clients. BOXERDB_PROCESS_ROUNDS says how often (default: 6), BOXERDB_PROCESS_SEED repeats the choices
 * of an earlier run.
 */
import { checkLinearizability, History, Randomness } from "@boxerdb/replication/test";
import { expect, test } from "vitest";

import { eventually } from "../eventually.ts";

import { expectAcknowledged } from "./acknowledged-writes.ts";
import { HttpAccess } from "./http-access.ts";
import { expectSameContent, expectSameRecords, recordsOf } from "./node-content.ts";
import { ProcessCluster } from "./process-cluster.ts";
import { endure, readAll, type Stretch } from "./stretch.ts";

const wantedRounds = process.env["BOXERDB_PROCESS_ROUNDS"];
const rounds = Number(wantedRounds ?? 6);
const seed = Number(process.env["BOXERDB_PROCESS_SEED"] ?? Math.floor(Math.random() * 2 ** 31));

/** After so many, all must be well again: histories that are checked are short, and nodes meet often. */
const roundsAtOnce = 10;

test(
  `no acknowledged write is lost, and all is linearizable (seed ${seed})`,
  { timeout: 120_000 + rounds * 60_000 },
  async () => {
    const transcript: string[] = [];
    const startMs = performance.now();
    const note = (what: string): void => {
      const line = `${((performance.now() - startMs) / 1_000).toFixed(1)} s: ${what}`;
      transcript.push(line);
      // Whoever asks for many rounds wants to see how it comes along.
      if (wantedRounds !== undefined) console.info(line);
    };
    const randomness = Randomness.ofSeed(seed);
    await using cluster = await ProcessCluster.start();
    const { epoch } = cluster.state;
    const stretches: Stretch[] = [];
    try {
      for (let done = 0; done < rounds; done += roundsAtOnce) {
        const collection = `documents-${done}`;
        const some = Math.min(roundsAtOnce, rounds - done);
        stretches.push(await endure({ cluster, randomness, collection, rounds: some, note }));
      }
      expect(cluster.state.epoch).toBeGreaterThan(epoch);
      cluster.expectNoViolation();
      const { highWatermark } = await expectSameContent(cluster.nodes);
      await Promise.all(cluster.nodes.map((node) => node.stop()));
      await expectSameRecords(cluster.nodes, highWatermark);
      for (const node of cluster.nodes) {
        const records = await recordsOf(node);
        for (const { operations, collection } of stretches) {
          expectAcknowledged(operations, collection, records);
        }
      }
    } catch (error) {
      throw new Error(`${String(error)}\nwhat happened:\n${transcript.join("\n")}`, {
        cause: error,
      });
    }
  },
);

test("a leader that acknowledges what it alone has is found out", async () => {
  await using cluster = await ProcessCluster.start({ nodes: 3, rules: "commit alone" });
  const access = new HttpAccess(cluster.nodes, "documents");
  const history = new History();
  const leader = await eventually(() => cluster.leader ?? expect.fail("nobody leads"));
  const others = cluster.nodes.filter((node) => node !== leader);

  for (const node of others) node.pause();
  const complete = history.put("client", "k", "v");
  const put = { kind: "put", database: "default", key: "k", value: "v" } as const;
  const answer = await access.call(leader.nodeId, put);
  if (answer.kind !== "written") throw new Error(`it was answered ${answer.kind}`);
  complete({ type: "ok", offset: answer.offset });
  await leader.kill();
  // The record may be in their sockets, where they would find it if they went on.
  for (const node of others) await node.kill();
  for (const node of others) await node.start();

  await readAll(history, access);
  expect(checkLinearizability(history.operations)).toMatchObject({
    isLinearizable: false,
    key: "k",
  });
});
