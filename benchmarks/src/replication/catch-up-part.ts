import type { Part } from "../part.ts";
import { sizeOf, type Sizes } from "../report/figures.ts";
import { atLeast, type Mark } from "../report/mark.ts";
import { formatCount } from "../report/units.ts";
import { subjectNames } from "../subjects/subject-registry.ts";
import { runTask } from "../workers/worker-process.ts";

const { boxerdb } = subjectNames;
const copying = "copy of the log";

/** A follower that copies what its leader has, generated documents. */
export const catchUpPart = (sizes: Sizes): Part => ({
  ...partOf(sizes, undefined, atLeast(300_000)),
  name: "catch-up",
  title: "Catching up",
});

/** The same with documents from a file, plain or `.gz`, of lines of `{"key", "value"}`. */
export const realCatchUpPart = (sizes: Sizes, input: string | undefined): Part => ({
  ...partOf(sizes, input),
  name: "real",
  title: "Catching up with documents from a file",
});

const partOf = (
  sizes: Sizes,
  input: string | undefined,
  mark?: Mark,
): Omit<Part, "name" | "title"> => ({
  sizes,
  settings: (sizes) => [
    `a leader loads ${formatCount(sizeOf(sizes, "documents"))} documents in durable batches of 1,000; ` +
      "then a new follower starts; it is stopped, the leader loads " +
      `${formatCount(sizeOf(sizes, "later"))} more, and it starts again`,
    "leader and follower have a process each, and HTTP over the loopback interface; they share the disk and " +
      "the processors, as the nodes of a cluster do not",
    "from when the follower begins to ask until it shows the last record; all is synced and in its index",
    `${copying}: the leader's files read and written by one process, synced after every 4 MiB, nothing else`,
  ],
  versions: async () => [],
  comparisons: () => [
    {
      work: "a new follower",
      unit: "records/s",
      figure: "recordsPerSecondEmpty",
      peers: [{ subject: copying, figure: "recordsPerSecond" }],
      ...(mark && { mark }),
    },
    {
      work: "a new follower",
      unit: "MB/s",
      figure: "megabytesPerSecondEmpty",
      peers: [{ subject: copying, figure: "megabytesPerSecond" }],
    },
    {
      work: "one that was away",
      unit: "records/s",
      figure: "recordsPerSecondBehind",
      peers: [{ subject: copying, figure: "recordsPerSecond" }],
    },
    {
      work: "one that was away",
      unit: "MB/s",
      figure: "megabytesPerSecondBehind",
      peers: [{ subject: copying, figure: "megabytesPerSecond" }],
    },
  ],
  matrices: () => [
    {
      title: "Processor time of a record, while a new follower catches up",
      subjects: [boxerdb],
      rows: [
        { title: "leader", unit: "µs", figure: "leaderCpuMicrosEmpty" },
        { title: "follower", unit: "µs", figure: "followerCpuMicrosEmpty" },
      ],
    },
  ],
  measureRound: async ({ sizes, directory, tell }) => {
    const task = { subject: boxerdb, directory, sizes, ...(input !== undefined && { input }) };
    const caughtUp = await runTask({ ...task, work: "catch-up" }, tell);
    tell("copies the log");
    const copied = await runTask({ ...task, work: "log copy" }, tell);
    return { [boxerdb]: caughtUp, [copying]: copied };
  },
});
