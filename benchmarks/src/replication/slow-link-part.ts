import { inTurn, type Part } from "../part.ts";
import { sizeOf, type Figures, type Round, type Sizes } from "../report/figures.ts";
import { formatCount } from "../report/units.ts";
import { runTask } from "../workers/worker-process.ts";

import { compressionOf, linkSpeeds } from "./slow-link-measurement.ts";

const subjects = Object.keys(compressionOf);
const [, always = "", never = ""] = subjects;

/** A follower that copies what its leader has by slow links. Sizes: `documents`. */
export const slowLinkPart = (sizes: Sizes): Part => ({
  name: "slow-link",
  title: "Catching up by slow links",
  sizes,
  settings: (sizes) => [
    `a leader has ${formatCount(sizeOf(sizes, "documents"))} documents, loaded in batches of 1,000; a new ` +
      "follower copies them through a TCP proxy that lets so many bits through in a second",
    "leader, proxy and follower have a process each on one machine",
    "BoxerDB as shipped: the follower asks for compressed records (zstd) while they come slowly",
    `${always}, ${never}: with --peer-compression on, and off`,
  ],
  versions: async () => [],
  comparisons: () =>
    linkSpeeds.map((speed) => ({
      work: `${speed.toLocaleString("en-US")} Mbit/s`,
      unit: "records/s",
      figure: `recordsPerSecond${speed}`,
      peers: [{ subject: never }, { subject: always }],
    })),
  matrices: () =>
    linkSpeeds.map((speed) => ({
      title: `What a record costs at ${speed.toLocaleString("en-US")} Mbit/s`,
      subjects,
      rows: [
        { title: "on the wire", unit: "bytes", figure: `wireBytes${speed}` },
        { title: "processor time, leader", unit: "µs", figure: `leaderCpuMicros${speed}` },
        { title: "processor time, follower", unit: "µs", figure: `followerCpuMicros${speed}` },
      ],
    })),
  measureRound: async ({ round, sizes, directory, tell }): Promise<Round> => {
    const measured: Record<string, Figures> = {};
    for (const subject of inTurn(subjects, round)) {
      const task = { work: "slow links", subject, directory: `${directory}/${subject}`, sizes };
      measured[subject] = await runTask(task, tell);
    }
    return measured;
  },
});
