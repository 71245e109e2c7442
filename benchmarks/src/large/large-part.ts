import type { Part } from "../part.ts";
import { sizeOf, type Figures, type Sizes } from "../report/figures.ts";
import { formatCount } from "../report/units.ts";
import { subjectNames } from "../subjects/subject-registry.ts";
import { runTask } from "../workers/worker-process.ts";

const { boxerdb } = subjectNames;

/** One large store, from its first document to its compaction. */
export const largePart = (sizes: Sizes): Part => ({
  name: "large",
  title: "A large store",
  sizes,
  settings: (sizes) => [
    `${formatCount(sizeOf(sizes, "documents"))} documents of about 80 bytes of msgpack, keys of 15 bytes; ` +
      `${formatCount(sizeOf(sizes, "overwritten"))} of them overwritten in no order before it is compacted`,
    "load, reads and compaction run in a process each; memory: growth of the resident set",
    `${formatCount(sizeOf(sizes, "gets"))} gets in no order; ${formatCount(sizeOf(sizes, "pages"))} pages ` +
      "of 100 entries in key order, from somewhere on",
  ],
  comparisons: () => [],
  matrices: () => [
    {
      title: "Load, and close",
      subjects: [boxerdb],
      rows: [
        { title: "load, durable batches of 1,000", unit: "s", figure: "loadSeconds" },
        { title: "load", unit: "documents/s", figure: "loadPerSecond" },
        { title: "memory after the load", unit: "MB", figure: "loadedMegabytes" },
        { title: "close", unit: "ms", figure: "closeMs" },
        { title: "disk used", unit: "MB", figure: "diskMegabytes" },
      ],
    },
    {
      title: "Open, and read",
      subjects: [boxerdb],
      rows: [
        { title: "open", unit: "ms", figure: "openMs" },
        { title: "memory once opened", unit: "MB", figure: "openedMegabytes" },
        { title: "random get, mean", unit: "µs", figure: "getMicros" },
        { title: "random get, median", unit: "µs", figure: "getP50Micros" },
        { title: "random get, p99", unit: "µs", figure: "getP99Micros" },
        { title: "random get, worst", unit: "µs", figure: "getMaxMicros" },
        { title: "page of 100, median", unit: "ms", figure: "pageP50Ms" },
        { title: "page of 100, p99", unit: "ms", figure: "pageP99Ms" },
        { title: "page of 100, worst", unit: "ms", figure: "pageMaxMs" },
        { title: "list of all keys", unit: "keys/s", figure: "keysPerSecond" },
        { title: "memory after the reads", unit: "MB", figure: "readMegabytes" },
      ],
    },
    {
      title: "Overwrite, and compact",
      subjects: [boxerdb],
      rows: [
        { title: "overwrite, durable batches", unit: "documents/s", figure: "overwritePerSecond" },
        { title: "disk used before", unit: "MB", figure: "overwrittenDiskMegabytes" },
        { title: "compact()", unit: "s", figure: "compactSeconds" },
        { title: "compact(), read", unit: "MB", figure: "compactReadMegabytes" },
        { title: "compact(), read", unit: "MB/s", figure: "compactMegabytesPerSecond" },
        { title: "disk used after", unit: "MB", figure: "compactedDiskMegabytes" },
        { title: "close", unit: "ms", figure: "closeAfterCompactionMs" },
        { title: "open again", unit: "ms", figure: "reopenMs" },
      ],
    },
  ],
  measureRound: async ({ sizes, directory, tell }) => {
    const task = { subject: boxerdb, directory: `${directory}/data`, sizes };
    const load = await runTask({ ...task, work: "large load" }, tell);
    const read = await runTask({ ...task, work: "large read" }, tell);
    const compaction = await runTask({ ...task, work: "large compaction" }, tell);
    tell("opens again");
    const { openMs } = await runTask({ ...task, work: "open" }, tell);
    const figures: Figures = {
      ...load,
      ...read,
      ...compaction,
      ...(openMs !== undefined && { reopenMs: openMs }),
    };
    return { [boxerdb]: figures };
  },
});
