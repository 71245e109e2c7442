import type { Part } from "../part.ts";
import { sizeOf, type Sizes } from "../report/figures.ts";
import { atLeast } from "../report/mark.ts";
import { formatCount } from "../report/units.ts";
import { subjectNames } from "../subjects/subject-registry.ts";
import { runTask } from "../workers/worker-process.ts";

const { boxerdb } = subjectNames;
const plainRead = "read and CRC";

/** Opening after SIGKILL, beside reading the same bytes. */
export const replayPart = (sizes: Sizes): Part => ({
  name: "replay",
  title: "Open after SIGKILL",
  sizes,
  settings: (sizes) => [
    `a process loads ${formatCount(sizeOf(sizes, "documents"))} documents in durable batches of 1,000 and is ` +
      "killed; another one opens the store, and has every document",
    "records: those that had to be replayed, as a checkpoint may cover the others",
    `${plainRead}: the whole log in pieces of 1 MiB, summed up by zlib.crc32, nothing else`,
  ],
  comparisons: () => [
    {
      work: "records replayed, in the time of opening",
      unit: "/s",
      figure: "recordsPerSecond",
      peers: [{ subject: plainRead }],
      mark: atLeast(1_000_000),
    },
    {
      work: "log read, in the time of opening",
      unit: "MB/s",
      figure: "megabytesPerSecond",
      peers: [{ subject: plainRead }],
    },
    {
      work: "open after SIGKILL",
      unit: "ms",
      figure: "openMs",
      peers: [{ subject: plainRead }],
    },
    { work: "records replayed", unit: "", figure: "replayedRecords", peers: [] },
  ],
  matrices: () => [],
  measureRound: async ({ sizes, directory, tell }) => {
    const task = { subject: boxerdb, directory: `${directory}/data`, sizes };
    const filled = await runTask({ ...task, work: "until killed" }, tell, "kill");
    tell("opens");
    const replayed = await runTask({ ...task, work: "replay" }, tell);
    const read = await runTask({ ...task, work: "log read" }, tell);
    return { [boxerdb]: { ...filled, ...replayed }, [plainRead]: read };
  },
});
