import { writers } from "../embedded/documents-measurement.ts";
import { inTurn, type Part } from "../part.ts";
import { sizeOf, type Figures, type Round, type Sizes } from "../report/figures.ts";
import { atLeastTimes } from "../report/mark.ts";
import { formatCount } from "../report/units.ts";
import { subjectNames } from "../subjects/subject-registry.ts";
import { runTask } from "../workers/worker-process.ts";

const { boxerdb } = subjectNames;
const alone = "alone";
const two = "2 of 2 nodes";

/** Followers by subject. */
const followersOf = { [boxerdb]: 2, [alone]: 0, [two]: 1 } as const;

/** Processes that do nothing but sync, by subject. */
const syncersOf = { "one that syncs": 1, "three that sync": 3 } as const;

/** Durable puts with a write quorum, beside a node alone. Sizes: see durable-puts-measurement.ts, and `syncs`. */
export const durablePutsPart = (sizes: Sizes): Part => ({
  name: "durable-puts",
  title: "Durable puts with a write quorum of 2 of 3 nodes",
  sizes,
  settings: (sizes) => [
    `${formatCount(sizeOf(sizes, "puts"))} puts by ${writers} writers, then ` +
      `${formatCount(sizeOf(sizes, "puts of one"))} by one, each awaiting its own; in the leader's process, ` +
      "as a server does them, without HTTP",
    "leader and followers have a process each, and HTTP over the loopback interface. They share the disk and " +
      "the processors, as the nodes of a cluster do not: so all that three nodes do is done one after the other",
    "a put waits for all that are in sync, so with three nodes for three syncs",
    `${alone}: one node, nobody follows it; ${two}: one follower`,
    `three that sync: three processes that write 8 KiB and sync, as ${writers} puts do, each to a file of its ` +
      "own, at the same time, and do nothing else; the rate of the slowest",
  ],
  versions: async () => [],
  comparisons: () => [
    {
      work: `puts of ${writers} writers`,
      unit: "/s",
      figure: "manyPerSecond",
      peers: [{ subject: alone, mark: atLeastTimes(0.5) }, { subject: two }],
    },
    {
      work: "puts of one writer",
      unit: "/s",
      figure: "onePerSecond",
      peers: [{ subject: alone }, { subject: two }],
    },
    {
      work: "what the disk gives",
      unit: "syncs/s",
      figure: "syncsPerSecond",
      subject: "three that sync",
      peers: [{ subject: "one that syncs" }],
    },
  ],
  matrices: () => [
    {
      title: "Latency, and processor time of the leader",
      subjects: [boxerdb, two, alone],
      rows: [
        { title: `${writers} writers, median`, unit: "ms", figure: "manyP50Ms" },
        { title: `${writers} writers, 99 %`, unit: "ms", figure: "manyP99Ms" },
        { title: `${writers} writers, a put`, unit: "µs", figure: "manyCpuMicros" },
        { title: "one writer, median", unit: "ms", figure: "oneP50Ms" },
        { title: "one writer, 99 %", unit: "ms", figure: "oneP99Ms" },
        { title: "one writer, a put", unit: "µs", figure: "oneCpuMicros" },
      ],
    },
  ],
  measureRound: async ({ round, sizes, directory, tell }): Promise<Round> => {
    const measured: Record<string, Figures> = {};
    for (const [subject, followers] of inTurn(Object.entries(followersOf), round)) {
      const place = `${directory}/${followers}`;
      const task = { subject, directory: place, sizes: { ...sizes, followers } };
      const say = (text: string): void => tell(`${followers} followers, ${text}`);
      measured[subject] = await runTask({ ...task, work: "durable puts" }, say);
    }
    for (const [subject, processes] of Object.entries(syncersOf)) {
      tell(`${processes} that sync`);
      const rates = await Promise.all(
        Array.from({ length: processes }, async (_, index) => {
          const place = `${directory}/${subject} ${index}`;
          const task = { work: "syncs", subject, directory: place, sizes };
          const { syncsPerSecond = Number.NaN } = await runTask(task, tell);
          return syncsPerSecond;
        }),
      );
      measured[subject] = { syncsPerSecond: Math.min(...rates) };
    }
    return measured;
  },
});
