import { epoch, logOffset } from "@boxerdb/engine";
import { expect, test } from "vitest";

import { PeerError } from "../../src/errors.ts";
import type { PullRequest } from "../../src/protocol/messages.ts";
import type { PeerService } from "../../src/protocol/peer-transport.ts";
import { Randomness } from "../randomness.ts";
import { MachineClock } from "../time/machine-clock.ts";
import { SimulatedProcess } from "../time/simulated-process.ts";
import { SimulatedTime } from "../time/simulated-time.ts";
import { Transcript } from "../transcript.ts";

import { SimulatedNetwork } from "./simulated-network.ts";
import { connectPeers, peerUrlOf, servePeers, type PeerEnd } from "./simulated-peers.ts";

const request: PullRequest = {
  protocol: 3,
  nodeId: "n1",
  directoryId: "a",
  databaseId: "c",
  from: logOffset(5),
  lastEpoch: epoch(1),
  lastEpochChecksum: 99,
  epoch: epoch(1),
  round: 2,
  highWatermark: logOffset(5),
  maxBytes: 1_000,
  waitMs: 1_000,
};
const result = {
  epoch: epoch(1),
  nextOffset: logOffset(7),
  highWatermark: logOffset(6),
  endOffset: logOffset(9),
  purgeLimit: logOffset(3),
  purgeFloor: logOffset(1),
  compactedTo: logOffset(2),
  round: 4,
};

function start(service: PeerService) {
  const time = new SimulatedTime();
  const network = new SimulatedNetwork(time, Randomness.ofSeed(1), new Transcript(time));
  const endOf = (host: string): PeerEnd => {
    const process = new SimulatedProcess(host);
    const clock = new MachineClock(time, Randomness.ofSeed(2).fork(host)).clockFor(process);
    return { network, host, process, clock };
  };
  servePeers(endOf("n2"), service);
  return { time, client: connectPeers(endOf("n1"))(peerUrlOf("n2")) };
}

test("a pull comes as it was asked for, and its bytes are a copy", async () => {
  const asked: PullRequest[] = [];
  const bytes = Buffer.from("records");
  const { time, client } = start({
    catalog: () => Promise.reject(new Error("nobody asks")),
    pull: async (pull) => {
      asked.push(pull);
      return { result, bytes };
    },
  });
  const pulled = client.pull(request, new AbortController().signal);
  await time.run(1_000);
  bytes.fill(0);
  expect(await pulled).toEqual({ result, bytes: Buffer.from("records") });
  expect(asked).toEqual([request]);
});

test("a refusal is an outcome, and what is thrown is one too, as over HTTP", async () => {
  const refusal = { code: "wrong_epoch", message: "other", epoch: epoch(3) } as const;
  let isBroken = false;
  const { time, client } = start({
    catalog: () => Promise.reject(new Error("the log is damaged")),
    pull: async () => {
      if (isBroken) throw new Error("the log is damaged");
      return { refusal };
    },
  });
  const { signal } = new AbortController();
  const refused = client.pull(request, signal);
  await time.run(1_000);
  expect(await refused).toEqual({ refusal });
  isBroken = true;
  const failed = client.pull(request, signal);
  const catalog = client.catalog(
    {
      protocol: 3,
      nodeId: "n1",
      storeId: "a",
      processId: "",
      version: 0,
      publicUrl: "http://n1",
      waitMs: 10,
    },
    signal,
  );
  const rejected = expect(catalog).rejects.toThrow(PeerError);
  await time.run(2_000);
  expect(await failed).toEqual({
    refusal: { code: "unavailable", message: "the log is damaged" },
  });
  await rejected;
});

test("who is not there, gives up, or is closed gets a PeerError", async () => {
  const { time, client } = start({
    catalog: () => new Promise(() => {}),
    pull: () => new Promise(() => {}),
  });
  const giveUp = new AbortController();
  const outcomes = [
    expect(client.pull(request, giveUp.signal)).rejects.toThrow("the call was aborted"),
    expect(client.pull(request, new AbortController().signal)).rejects.toThrow("no answer in time"),
  ];
  await time.run(100);
  giveUp.abort();
  await time.run(20_000);
  await Promise.all(outcomes);
  await client.close();
  await expect(client.pull(request, giveUp.signal)).rejects.toThrow(PeerError);
});
