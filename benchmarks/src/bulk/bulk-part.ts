import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import type { Part } from "../part.ts";
import { sizeOf, type Round, type Sizes } from "../report/figures.ts";
import { atLeast, type Mark } from "../report/mark.ts";
import { formatCount } from "../report/units.ts";

import { measureBulk } from "./bulk-measurement.ts";
import { generatedLines } from "./generated-lines.ts";

const boxerdb = "BoxerDB";

const way =
  "one connection each; the client, which makes or counts the lines, has a process of its own; imports are " +
  "durable and have an Idempotency-Key";

/** Import and export of the documents of all benchmarks. */
export const generatedBulkPart = (sizes: Sizes): Part => ({
  name: "generated",
  title: "Generated documents",
  sizes,
  settings: (sizes) => [
    `${formatCount(sizeOf(sizes, "documents"))} documents of about 80 bytes of msgpack, 120 bytes a line`,
    way,
  ],
  ...tables(atLeast(200_000)),
  measureRound: async ({ sizes, directory, tell }): Promise<Round> => {
    const documents = sizeOf(sizes, "documents");
    const lines = () => generatedLines(documents);
    const data = join(directory, "data");
    return { [boxerdb]: await measureBulk({ directory: data, documents, lines, tell }) };
  },
});

/** Import and export of documents from a file, plain or `.gz`, of lines as an import takes them. */
export const realBulkPart = (input: string | undefined): Part => ({
  name: "real",
  title: "Documents from a file",
  sizes: {},
  settings: () => [way],
  ...tables(),
  measureRound: async ({ directory, tell }): Promise<Round> => {
    if (input === undefined) throw new Error("name the file of documents by --real");
    const bytes = await readFile(input);
    const content = input.endsWith(".gz") ? gunzipSync(bytes) : bytes;
    const documents = content
      .toString()
      .split("\n")
      .filter((line) => line !== "").length;
    const lines = () => [content];
    const data = join(directory, "data");
    return { [boxerdb]: await measureBulk({ directory: data, documents, lines, tell }) };
  },
});

const tables = (importMark?: Mark): Pick<Part, "comparisons" | "matrices"> => ({
  comparisons: () => [
    {
      work: "import",
      unit: "documents/s",
      figure: "importPerSecond",
      peers: [],
      ...(importMark && { mark: importMark }),
    },
    { work: "the same import again", unit: "documents/s", figure: "againPerSecond", peers: [] },
    { work: "export", unit: "documents/s", figure: "exportPerSecond", peers: [] },
    { work: "export", unit: "MB/s", figure: "exportMegabytesPerSecond", peers: [] },
  ],
  matrices: () => [
    {
      title: "Resident memory of the server",
      subjects: [boxerdb],
      rows: [
        { title: "before the first document", unit: "MB", figure: "startMegabytes" },
        { title: "most, while importing", unit: "MB", figure: "importPeakMegabytes" },
        { title: "after both imports", unit: "MB", figure: "loadedMegabytes" },
        { title: "most, while exporting", unit: "MB", figure: "exportPeakMegabytes" },
      ],
    },
  ],
});
