import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { inTurn, type Part } from "../part.ts";
import type { Comparison, Peer } from "../report/comparison.ts";
import { sizeOf, type Figures, type Sizes } from "../report/figures.ts";
import { atLeast, atLeastTimes, type Mark } from "../report/mark.ts";
import type { MatrixRow } from "../report/matrix.ts";
import { formatCount } from "../report/units.ts";

import type { HttpSubject } from "./http-subject.ts";
import { describeHttpSubjects, installedOf } from "./http-subjects.ts";
import type { LoadResult } from "./load-result.ts";
import { costOf, type ServerCost } from "./server-cost.ts";
import { honoSubject, nodeSubject } from "./subjects/ceiling-subjects.ts";
import { etcdSubject } from "./subjects/etcd-subject.ts";
import { redisSubject } from "./subjects/redis-subject.ts";
import { webdisSubject } from "./subjects/webdis-subject.ts";
import { batchOperations, connections, works, type Work } from "./work.ts";

const operationsOf: Readonly<Record<Work, number>> = { get: 1, put: 1, batch: batchOperations };
const titles: Readonly<Record<Work, string>> = {
  get: "GET",
  put: "durable PUT",
  batch: `batch of ${batchOperations}`,
};

/** BoxerDB's HTTP API beside servers that store nothing, and beside other stores. */
export const requestsPart = (sizes: Sizes, subjects: readonly HttpSubject[]): Part => ({
  name: "requests",
  title: "Requests",
  sizes,
  settings,
  versions: () => describeHttpSubjects(subjects),
  comparisons: () => comparisonsOf(subjects),
  matrices: () => [
    {
      title: "Latency",
      subjects: subjects.map(({ name }) => name),
      rows: works.flatMap(latencyRows),
    },
    { title: "Cost of the server", subjects: subjects.map(({ name }) => name), rows: costRows },
  ],
  measureRound: async ({ round, sizes, directory, tell }) => {
    const measured: Record<string, Figures> = {};
    for (const subject of inTurn(await installedOf(subjects), round)) {
      const own = join(directory, "subject");
      await mkdir(own);
      measured[subject.name] = await measureSubject(subject, own, sizes, (text) =>
        tell(`${subject.name}, ${text}`),
      );
      await rm(own, { recursive: true });
    }
    return measured;
  },
});

/** BoxerDB beside those of its peers that take part. */
function comparisonsOf(subjects: readonly HttpSubject[]): readonly Comparison[] {
  const besides = (marks: readonly (readonly [HttpSubject, Mark?])[]): readonly Peer[] =>
    marks
      .filter(([{ name }]) => subjects.some((subject) => subject.name === name))
      .map(([{ name }, mark]) => ({ subject: name, ...(mark && { mark }) }));
  return [
    {
      work: titles.get,
      unit: "/s",
      figure: "getPerSecond",
      peers: besides([
        [nodeSubject],
        [honoSubject, atLeastTimes(0.9)],
        [webdisSubject, atLeastTimes(1.2)],
        [etcdSubject],
      ]),
    },
    {
      work: titles.put,
      unit: "/s",
      figure: "putPerSecond",
      peers: besides([
        [nodeSubject],
        [honoSubject, atLeastTimes(0.8)],
        [webdisSubject, atLeastTimes(1)],
        [etcdSubject, atLeastTimes(5)],
      ]),
    },
    {
      work: `puts in batches of ${batchOperations}`,
      unit: "puts/s",
      figure: "batchPerSecond",
      peers: besides([[redisSubject]]),
      mark: atLeast(200_000),
    },
  ];
}

const settings = (sizes: Sizes): readonly string[] => [
  `wrk with one thread on the same machine, ${connections} connections that each wait for their answer, ` +
    `${sizeOf(sizes, "seconds")} s for each work after ${sizeOf(sizes, "warmUpSeconds")} s that are not counted; ` +
    "an answer that is no success fails the run",
  `${formatCount(sizeOf(sizes, "documents"))} documents of the benchmark, as JSON, read and overwritten in turn; some are read back after each work`,
  "writes are synced to the disk when they are answered, by all who store them",
  "node:http and Hono store nothing: a hello-world for GET; for PUT node:http reads the body, Hono parses it and answers the same JSON",
  "webdis + Redis: appendonly yes, appendfsync always, no snapshots; webdis with 2 threads and a connection to Redis for each client; values as plain text",
  "etcd: one node, its JSON gateway (/v3/kv/range, /v3/kv/put)",
  `Redis, pipelined: the same Redis without webdis under redis-benchmark, ${connections} connections with ${batchOperations} SETs on their way; latency is that of a pipeline`,
];

const latencyRows = (work: Work): readonly MatrixRow[] =>
  (["P50", "P99", "P999"] as const).map((percentile) => ({
    title: `${titles[work]}, ${percentile.replace("P999", "P99.9").toLowerCase()}`,
    unit: "ms",
    figure: `${work}${percentile}Ms`,
  }));

const costRows: readonly MatrixRow[] = [
  ...works.map((work) => ({
    title: work === "batch" ? `processor, put of a batch` : `processor, ${titles[work]}`,
    unit: "µs",
    figure: `${work}CpuMicros`,
  })),
  { title: "most memory (RSS)", unit: "MB", figure: "peakMegabytes" },
];

/** What a subject reaches at all works that it knows, one after the other. */
async function measureSubject(
  { start }: HttpSubject,
  directory: string,
  sizes: Sizes,
  tell: (text: string) => void,
): Promise<Figures> {
  await using running = new AsyncDisposableStack();
  tell("starting");
  const { processes, loads } = await start({
    directory,
    documents: sizeOf(sizes, "documents"),
    running,
  });
  const pids = processes.map(({ pid }) => pid);
  const figures: Record<string, number> = {};
  for (const work of works) {
    const load = loads[work];
    if (load === undefined) continue;
    tell(titles[work]);
    await load(sizeOf(sizes, "warmUpSeconds"));
    const before = await costOf(pids);
    const result = await load(sizeOf(sizes, "seconds"));
    Object.assign(
      figures,
      figuresOf(work, result),
      cpuFigures(work, result, before, await costOf(pids)),
    );
  }
  const cost = await costOf(pids);
  return { ...figures, ...(cost && { peakMegabytes: cost.peakBytes / 1e6 }) };
}

function figuresOf(work: Work, { requestsPerSecond, latencyMs }: LoadResult): Figures {
  return {
    [`${work}PerSecond`]: requestsPerSecond * operationsOf[work],
    [`${work}P50Ms`]: latencyMs.p50,
    [`${work}P99Ms`]: latencyMs.p99,
    ...(latencyMs.p999 !== undefined && { [`${work}P999Ms`]: latencyMs.p999 }),
  };
}

/** Nothing where the system does not tell what other processes cost. */
function cpuFigures(
  work: Work,
  { requests }: LoadResult,
  before: ServerCost | undefined,
  after: ServerCost | undefined,
): Figures {
  if (before === undefined || after === undefined) return {};
  const micros = after.cpuMicros - before.cpuMicros;
  return { [`${work}CpuMicros`]: micros / (requests * operationsOf[work]) };
}
