/**
 * A new follower that copies what its leader has by links of several speeds. The subject says whether it asks
 * for compressed records. Sizes: `documents`.
 */
import type { PeerCompression } from "@boxerdb/replication";

import { documentKey, documentValue } from "../document.ts";
import { cpuMicros } from "../measuring/process-cost.ts";
import { sizeOf, type Figures } from "../report/figures.ts";
import { batchesOf } from "../subjects/boxerdb-subject.ts";
import { subjectNames } from "../subjects/subject-registry.ts";
import type { Measurement } from "../workers/task.ts";

import { FollowerProcess } from "./follower-process.ts";
import { startBenchmarkLeader, type Leader } from "./leader.ts";
import { ThrottledLink } from "./throttled-link.ts";

const batchSize = 1_000;

/** What followers are told, by subject. */
export const compressionOf: Readonly<Record<string, PeerCompression>> = {
  [subjectNames.boxerdb]: "auto",
  always: "on",
  never: "off",
};

/** Megabits a second. */
export const linkSpeeds = [100, 1_000] as const;

export const measureSlowLinks: Measurement = async ({ directory, sizes, subject }, tell) => {
  const documents = sizeOf(sizes, "documents");
  await using leader = await startBenchmarkLeader(`${directory}/leader`, 1);
  const { putBatch } = batchesOf(leader.store);
  tell(`${subject}, loads`);
  for (let start = 0; start < documents; start += batchSize) {
    const length = Math.min(batchSize, documents - start);
    await putBatch(
      Array.from({ length }, (_, at) => [documentKey(start + at), documentValue(start + at)]),
    );
  }
  let figures: Figures = {};
  for (const speed of linkSpeeds) {
    tell(`${subject}, ${speed} Mbit/s`);
    figures = { ...figures, ...(await copyBy(leader, directory, subject, speed)) };
  }
  return figures;
};

/** Resolves to figures whose names end with the speed. */
async function copyBy(
  leader: Leader,
  directory: string,
  subject: string,
  speed: number,
): Promise<Figures> {
  await using link = new ThrottledLink({
    targetPort: Number(new URL(leader.url).port),
    bytesPerSecond: (speed * 1e6) / 8,
  });
  const leaderUrl = await link.url();
  const startedCpu = cpuMicros();
  await using follower = new FollowerProcess({
    directory: `${directory}/follower ${speed}`,
    nodeId: `follower-${speed}`,
    leaderUrl,
    goal: leader.endOffset(),
    peerCompression: compressionOf[subject],
  });
  const { seconds, cpuSeconds } = await follower.caughtUp;
  const leaderCpuMicros = cpuMicros() - startedCpu;
  const records = leader.endOffset();
  return {
    [`recordsPerSecond${speed}`]: records / seconds,
    [`wireBytes${speed}`]: (await link.passedBytes()) / records,
    [`leaderCpuMicros${speed}`]: leaderCpuMicros / records,
    [`followerCpuMicros${speed}`]: (cpuSeconds * 1e6) / records,
  };
}
