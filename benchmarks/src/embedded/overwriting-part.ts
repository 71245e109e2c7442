import { inTurn, type Part } from "../part.ts";
import { sizeOf, type Figures, type Sizes } from "../report/figures.ts";
import { atLeast, atMost, atMostTimes } from "../report/mark.ts";
import { formatCount } from "../report/units.ts";
import { runTask } from "../workers/worker-process.ts";

import { overwritingSubjects } from "./overwriting-measurement.ts";

const { background, manual } = overwritingSubjects;
const peers = [{ subject: manual }] as const;

/** Overwriting without end: what compaction does to writers, to the disk and to the event loop. */
export const overwritingPart = (sizes: Sizes): Part => ({
  name: "overwriting",
  title: "Overwriting while compaction runs",
  sizes,
  settings: (sizes) => [
    `${formatCount(sizeOf(sizes, "documents"))} live documents, ${formatCount(sizeOf(sizes, "puts"))} durable puts ` +
      "over them in no order, by 64 writers that each await their own; every value is checked at the end",
    `${manual}: the same writers, with compaction: "manual"`,
    "event loop: as monitorEventLoopDelay shows it at its finest; an idle loop shows 1.1 ms",
    "disk: the most that all files of the store took at any time, beside the bytes of the live records",
    "compaction while writing: bytes read, over the time in which it was running",
  ],
  comparisons: () => [
    { work: "put latency, median", unit: "ms", figure: "putP50Ms", peers },
    { work: "put latency, p99", unit: "ms", figure: "putP99Ms", peers, mark: atMostTimes(2) },
    { work: "put latency, p99.9", unit: "ms", figure: "putP999Ms", peers },
    { work: "put latency, worst", unit: "ms", figure: "putMaxMs", peers },
    { work: "durable puts", unit: "/s", figure: "putPerSecond", peers },
    { work: "event loop delay, median", unit: "ms", figure: "loopP50Ms", peers },
    { work: "event loop delay, p99", unit: "ms", figure: "loopP99Ms", peers },
    { work: "event loop delay, p99.9", unit: "ms", figure: "loopP999Ms", peers },
    { work: "event loop delay, worst", unit: "ms", figure: "loopMaxMs", peers },
    {
      work: "compaction while writing",
      unit: "MB/s",
      figure: "compactionMegabytesPerSecond",
      peers: [],
      mark: atLeast(100),
    },
    {
      work: "compaction of a store at rest",
      unit: "MB/s",
      figure: "idleCompactionMegabytesPerSecond",
      subject: manual,
      peers: [],
      mark: atLeast(100),
    },
    {
      work: "most disk used",
      unit: "× live data",
      figure: "mostDiskTimes",
      peers,
      mark: atMost(2),
    },
  ],
  matrices: () => [
    {
      title: "What compaction did",
      subjects: [background, manual],
      rows: [
        { title: "runs while writing", unit: "", figure: "compactionRuns" },
        { title: "read while writing", unit: "MB", figure: "compactionReadMegabytes" },
        { title: "written while writing", unit: "MB", figure: "compactionWrittenMegabytes" },
        { title: "processor, put and compaction", unit: "µs a put", figure: "putCpuMicros" },
        { title: "disk after compact()", unit: "× live data", figure: "compactedDiskTimes" },
      ],
    },
  ],
  measureRound: async ({ round, sizes, directory, tell }) => {
    const measured: Record<string, Figures> = {};
    for (const subject of inTurn([background, manual], round)) {
      const task = { work: "overwriting", subject, directory: `${directory}/${subject}`, sizes };
      measured[subject] = await runTask(task, (text) => tell(`${subject}, ${text}`));
    }
    return measured;
  },
});
