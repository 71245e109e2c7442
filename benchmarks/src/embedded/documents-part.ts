import type { Part } from "../part.ts";
import { inTurn } from "../part.ts";
import type { Peer } from "../report/comparison.ts";
import type { Figures, Sizes } from "../report/figures.ts";
import { sizeOf } from "../report/figures.ts";
import { atLeastTimes, type Mark } from "../report/mark.ts";
import { formatCount } from "../report/units.ts";
import { peerSettings, subjectNames } from "../subjects/subject-registry.ts";
import { runTask } from "../workers/worker-process.ts";

const { boxerdb, lmdb, lmdbWithStructures, classicLevel, sqlite } = subjectNames;

/** The stores that keep documents, in the order of the tables. */
export const documentSubjects = [boxerdb, lmdb, lmdbWithStructures, classicLevel, sqlite] as const;

/** lmdb is the one to beat; the others stand beside it. */
const beside = (mark: Mark): readonly Peer[] => [
  { subject: lmdb, mark },
  { subject: lmdbWithStructures, mark },
  { subject: classicLevel },
  { subject: sqlite },
];

/** Load, puts of many writers, gets and a scan of the benchmark's documents. */
export const documentsPart = (sizes: Sizes): Part => ({
  name: "documents",
  title: "Documents",
  sizes,
  settings: (sizes) => [
    `${formatCount(sizeOf(sizes, "documents"))} documents of about 80 bytes of msgpack, keys of 15 bytes; ` +
      `${formatCount(sizeOf(sizes, "puts"))} puts of each kind by 64 writers that each await their own, ` +
      `${formatCount(sizeOf(sizes, "gets"))} gets; every value is checked`,
    "all writes are durable (fdatasync or the like) when they resolve; reads are from warm memory",
    ...peerSettings,
  ],
  comparisons: () => [
    {
      work: "durable put, 64 writers, scattered keys",
      unit: "/s",
      figure: "putScatteredPerSecond",
      peers: beside(atLeastTimes(4)),
    },
    {
      work: "durable put, 64 writers, in key order",
      unit: "/s",
      figure: "putOrderedPerSecond",
      peers: [lmdb, lmdbWithStructures, classicLevel, sqlite].map((subject) => ({ subject })),
    },
    {
      work: "bulk load, durable batches of 1,000",
      unit: "/s",
      figure: "loadPerSecond",
      peers: beside(atLeastTimes(1.5)),
    },
    {
      work: "random get",
      unit: "/s",
      figure: "getPerSecond",
      peers: beside(atLeastTimes(2)),
    },
    {
      work: "ordered scan of all",
      unit: "/s",
      figure: "scanPerSecond",
      peers: beside(atLeastTimes(1.3)),
    },
  ],
  matrices: () => [
    {
      title: "Cost per document",
      subjects: documentSubjects,
      rows: [
        { title: "processor, bulk load", unit: "µs", figure: "loadCpuMicros" },
        { title: "processor, scattered put", unit: "µs", figure: "putCpuMicros" },
        { title: "processor, random get", unit: "µs", figure: "getCpuMicros" },
        { title: "processor, ordered scan", unit: "µs", figure: "scanCpuMicros" },
        { title: "written to disk, bulk load", unit: "bytes", figure: "loadWrittenBytes" },
        { title: "written to disk, scattered put", unit: "bytes", figure: "putWrittenBytes" },
        { title: "disk used at the end", unit: "bytes", figure: "diskBytes" },
        { title: "memory (RSS) after the load", unit: "bytes", figure: "memoryBytes" },
      ],
    },
  ],
  measureRound: async ({ round, sizes, directory, tell }) => {
    const measured: Record<string, Figures> = {};
    for (const subject of inTurn(documentSubjects, round)) {
      const task = { work: "documents", subject, directory: `${directory}/${subject}`, sizes };
      measured[subject] = await runTask(task, (text) => tell(`${subject}, ${text}`));
    }
    return measured;
  },
});
