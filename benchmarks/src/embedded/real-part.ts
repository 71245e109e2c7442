import { inTurn, type Part } from "../part.ts";
import { sizeOf, type Figures } from "../report/figures.ts";
import { subjectNames } from "../subjects/subject-registry.ts";
import { runTask } from "../workers/worker-process.ts";

import { documentSubjects } from "./documents-part.ts";

const peers = documentSubjects
  .filter((subject) => subject !== subjectNames.boxerdb)
  .map((subject) => ({ subject }));

/** Documents from a file, for a look at data that nobody made up. `input`: where they are. */
export const realPart = (input: string | undefined, gets: number): Part => ({
  name: "real",
  title: "Documents from a file",
  sizes: { gets },
  settings: (sizes) => [
    `all documents of the file in durable batches of 1,000, then ${sizeOf(sizes, "gets").toLocaleString("en-US")} ` +
      "gets in no order and a scan; every value is checked",
  ],
  comparisons: () => [
    { work: "bulk load", unit: "/s", figure: "loadPerSecond", peers },
    { work: "random get", unit: "/s", figure: "getPerSecond", peers },
    { work: "ordered scan of all", unit: "/s", figure: "scanPerSecond", peers },
    { work: "disk used", unit: "bytes a document", figure: "diskBytes", peers },
  ],
  matrices: () => [],
  measureRound: async ({ round, sizes, directory, tell }) => {
    if (input === undefined) throw new Error("name the file of documents by --real");
    const measured: Record<string, Figures> = {};
    for (const subject of inTurn(documentSubjects, round)) {
      const task = { work: "real", subject, directory: `${directory}/${subject}`, sizes, input };
      measured[subject] = await runTask(task, (text) => tell(`${subject}, ${text}`));
    }
    return measured;
  },
});
