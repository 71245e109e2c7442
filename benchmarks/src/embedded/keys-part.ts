import { inTurn, type Part } from "../part.ts";
import { sizeOf, type Figures, type Sizes } from "../report/figures.ts";
import { atMost, atMostTimes } from "../report/mark.ts";
import { formatCount } from "../report/units.ts";
import { subjectNames } from "../subjects/subject-registry.ts";
import { runTask } from "../workers/worker-process.ts";

const { boxerdb, lmdb, javascriptMap } = subjectNames;

/** Short keys, many of them: memory, gets and opening, and how they grow by a factor of ten. */
export const keysPart = (sizes: Sizes): Part => ({
  name: "keys",
  title: "Many keys: memory and opening",
  sizes,
  settings: (sizes) => [
    `${formatCount(sizeOf(sizes, "keys"))} keys of 16 bytes that share few bytes with their neighbours, ` +
      `a number as value; the same at a tenth of that; ${formatCount(sizeOf(sizes, "gets"))} gets`,
    "memory: growth of the resident set since before the store was opened, garbage collected; lmdb's " +
      "is mainly its file, which the kernel can take back",
    "opening: until the first key has been read, in a new process, without that process's start",
    "BoxerDB and Map are filled in no order, lmdb in key order, which leaves its pages full",
  ],
  comparisons: (sizes) => {
    const many = formatCount(sizeOf(sizes, "keys"));
    const few = formatCount(sizeOf(sizes, "keys") / 10);
    return [
      {
        work: `memory, ${many} keys, filled`,
        unit: "bytes a key",
        figure: "memoryBytes",
        peers: [{ subject: lmdb }, { subject: javascriptMap }],
        mark: atMost(60),
      },
      {
        work: `memory, ${many} keys, opened and read`,
        unit: "bytes a key",
        figure: "openedMemoryBytes",
        peers: [{ subject: lmdb }],
        mark: atMost(60),
      },
      {
        work: `random get, ${many} keys`,
        unit: "µs",
        figure: "getMicros",
        peers: [
          {
            subject: boxerdb,
            label: `BoxerDB, ${few}`,
            figure: "fewGetMicros",
            mark: atMostTimes(2),
          },
          { subject: lmdb },
          { subject: javascriptMap },
        ],
      },
      {
        work: `open after close, ${few} keys`,
        unit: "ms",
        figure: "fewOpenMs",
        peers: [{ subject: lmdb }],
        mark: atMost(100),
      },
      {
        work: `open after close, ${many} keys`,
        unit: "ms",
        figure: "openMs",
        peers: [{ subject: lmdb }],
        mark: atMost(1_000),
      },
    ];
  },
  matrices: (sizes) => {
    const many = formatCount(sizeOf(sizes, "keys"));
    const few = formatCount(sizeOf(sizes, "keys") / 10);
    return [
      {
        title: "The same by number of keys",
        subjects: [boxerdb, lmdb, javascriptMap],
        rows: [
          { title: `memory, ${few}, filled`, unit: "bytes a key", figure: "fewMemoryBytes" },
          { title: `memory, ${many}, filled`, unit: "bytes a key", figure: "memoryBytes" },
          { title: `… of it no file's`, unit: "bytes a key", figure: "anonymousBytes" },
          { title: `… opened and read`, unit: "bytes a key", figure: "openedMemoryBytes" },
          { title: `… of it no file's`, unit: "bytes a key", figure: "openedAnonymousBytes" },
          { title: `random get, ${few}`, unit: "µs", figure: "fewGetMicros" },
          { title: `random get, ${many}`, unit: "µs", figure: "getMicros" },
          { title: `… after opening`, unit: "µs", figure: "openedGetMicros" },
          { title: `disk, ${many}`, unit: "bytes a key", figure: "diskBytes" },
        ],
      },
    ];
  },
  measureRound: async ({ round, sizes, directory, tell }) => {
    const keys = sizeOf(sizes, "keys");
    const gets = sizeOf(sizes, "gets");
    const measured: Record<string, Figures> = {};
    for (const subject of inTurn([boxerdb, lmdb, javascriptMap], round)) {
      const measure = async (keys: number): Promise<Figures> => {
        const task = {
          subject,
          directory: `${directory}/${subject} ${keys}`,
          sizes: { keys, gets },
        };
        const say = (text: string): void => tell(`${subject}, ${text}`);
        const filled = await runTask({ ...task, work: "keys" }, say);
        if (subject === javascriptMap) return filled;
        say(`opens ${keys.toLocaleString("en-US")} keys`);
        return { ...filled, ...(await runTask({ ...task, work: "open keys" }, say)) };
      };
      const few = await measure(keys / 10);
      const many = await measure(keys);
      measured[subject] = { ...prefixed("few", few), ...many };
    }
    return measured;
  },
});

/** The same figures under names that begin with a word: "openMs" → "fewOpenMs". */
const prefixed = (word: string, figures: Figures): Figures =>
  Object.fromEntries(
    Object.entries(figures).map(([name, value]) => [
      `${word}${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
      value,
    ]),
  );
