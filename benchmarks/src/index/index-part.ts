import { inTurn, type Part } from "../part.ts";
import { sizeOf, type Figures, type Sizes } from "../report/figures.ts";
import { atMost, atMostTimes } from "../report/mark.ts";
import { formatCount } from "../report/units.ts";
import { runTask } from "../workers/worker-process.ts";

import { designNames } from "./index-designs.ts";

export type KeyOrder = "random" | "rising";

const { packedPages, mapBesideBTree, sortedBTree, radixTree } = designNames;
const subjects = [packedPages, mapBesideBTree, sortedBTree, radixTree];

/** The designs that the index could have, on the same work, at a number of keys and a tenth of it. */
export const indexPart = (
  order: KeyOrder,
  { keys, gets }: { readonly keys: number; readonly gets: number },
): Part => ({
  name: order,
  title: order === "random" ? "Random keys of 16 bytes" : "Keys user:%010d, set in rising order",
  sizes: { keys, gets, isRising: order === "rising" ? 1 : 0 },
  settings: (sizes) => [
    `${counts(sizes).join(" and ")} keys, each number of them in a process of its own, 1,000 to a turn ` +
      `of the event loop; ${formatCount(sizeOf(sizes, "gets"))} random gets; a scan of all with keys, ` +
      "one of the values alone",
    "packed pages: the engine's index; no ceiling but 2³² pages of 4 KiB; the only one whose snapshots " +
      "cost nothing until a write, and whose memory can be written to a file as it is",
    "Map + sorted-btree: a Map ends at 16.7 M keys; both end with the heap, about 4 GB as Node.js comes",
    "radix tree: an adaptive radix tree in typed arrays, up to 8 GiB; no deletes, snapshots or keys with NUL",
    "times are processor time, threads of the garbage collector included; pauses are as they pass",
    "memory: growth of the resident set, garbage collected; keys are part of it",
  ],
  comparisons: (sizes) => {
    const [few, many] = counts(sizes);
    return [
      {
        work: `memory, ${many} keys`,
        unit: "bytes a key",
        figure: "manyMemoryBytes",
        subject: packedPages,
        peers: [{ subject: mapBesideBTree }, { subject: sortedBTree }, { subject: radixTree }],
        mark: atMost(45),
      },
      {
        work: `random get, ${many} keys`,
        unit: "ns",
        figure: "manyGetNanos",
        subject: packedPages,
        peers: [
          {
            subject: packedPages,
            label: `packed pages, ${few}`,
            figure: "fewGetNanos",
            mark: atMostTimes(2),
          },
          { subject: mapBesideBTree },
          { subject: sortedBTree },
          { subject: radixTree },
        ],
      },
    ];
  },
  matrices: (sizes) => {
    const [few, many] = counts(sizes);
    return [
      { title: `${few} keys`, subjects, rows: rowsOf("few") },
      { title: `${many} keys`, subjects, rows: rowsOf("many") },
    ];
  },
  measureRound: async ({ round, sizes, directory, tell }) => {
    const keys = sizeOf(sizes, "keys");
    const measured: Record<string, Figures> = {};
    for (const subject of inTurn(subjects, round)) {
      const measure = (keys: number): Promise<Figures> =>
        runTask({ work: "index", subject, directory, sizes: { ...sizes, keys } }, (text) =>
          tell(`${subject}, ${text}`),
        );
      measured[subject] = {
        ...prefixed("few", await measure(keys / 10)),
        ...prefixed("many", await measure(keys)),
      };
    }
    return measured;
  },
});

const counts = (sizes: Sizes): readonly [string, string] => [
  formatCount(sizeOf(sizes, "keys") / 10),
  formatCount(sizeOf(sizes, "keys")),
];

const rowsOf = (prefix: "few" | "many") => [
  { title: "set", unit: "ns a key", figure: `${prefix}SetNanos` },
  { title: "random get", unit: "ns a key", figure: `${prefix}GetNanos` },
  { title: "scan", unit: "ns a key", figure: `${prefix}ScanNanos` },
  { title: "scan of values alone", unit: "ns a key", figure: `${prefix}SumNanos` },
  { title: "memory", unit: "bytes a key", figure: `${prefix}MemoryBytes` },
  { title: "longest turn of 1,000 sets", unit: "ms", figure: `${prefix}LongestTurnMs` },
  { title: "longest garbage collection", unit: "ms", figure: `${prefix}LongestCollectionMs` },
  { title: "garbage collections in all", unit: "ms", figure: `${prefix}CollectionMs` },
];

/** setNanos → fewSetNanos. */
const prefixed = (prefix: "few" | "many", figures: Figures): Figures =>
  Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      `${prefix}${name.charAt(0).toUpperCase()}${name.slice(1)}`,
      value,
    ]),
  );
