import { contentHashQuery } from "../content/content-hash-resource.ts";

import type { PathOperations } from "./operation.ts";
import { dataProblems } from "./problem-groups.ts";
import { describeObject } from "./schema-text.ts";

describeObject(
  contentHashQuery,
  {},
  {
    offset:
      "As of this offset exactly: with the record at it, and none behind it. As it is now, unless given.",
    wait: "How many seconds to wait at most until the node has come to it.",
    collection: "Only this collection.",
    gt: "Only keys greater than it, in each collection.",
    lte: "Only keys less than it, or equal.",
    keys: "Whether to tell the hash of each key, and not of ranges of keys.",
    expiresAfter:
      "Only what expires after this time, in milliseconds since 1970, or never: what has expired, some nodes have dropped and others not yet. The time of the node, unless given; not before it.",
  },
);

const ranges = `{"offset":41,"expiresAfter":1800000000000}
{"collection":"stock","through":"pear","keys":1013,"bytes":91170,"hash":"5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef"}
{"collection":"stock","through":null,"keys":3,"bytes":270,"hash":"d7a8fbb307d7809469ca9abcb0082e4f8d5651e46d3cdb762d02d0bf37c9e592"}
{"keys":1016,"bytes":91440,"hash":"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"}
`;

/** What a database holds, as hashes. */
export const contentHashOperations: PathOperations = {
  GET: {
    operationId: "hashDatabase",
    tag: "Maintenance",
    scope: "admin",
    summary: "Compare what nodes hold, by hashes",
    description:
      "What the database holds as SHA-256 hashes of its records in the order of collections and keys, wherever in the files they stand: two nodes that hold the same as of one offset tell the same. The first line tells that offset; then comes a line for each range of keys, about a thousand of them and up to the key `through`, or to the end of the collection; and at last the hash of their hashes. Ranges are cut by what is in them, so that one key more or less changes the ranges beside it only. `boxerdb verify <url> --against <url>` compares by it. Where the server cannot go on, the last line is `{problem}`.",
    query: contentHashQuery,
    answers: {
      200: {
        description: "The hashes.",
        headers: ["BoxerDB-Offset"],
        content: { "application/x-ndjson": { examples: { ranges: { value: ranges } } } },
      },
    },
    problems: [
      ...dataProblems,
      "database_not_found",
      "offset_passed",
      "catching_up",
      "offset_not_reached",
      "other_site",
    ],
  },
};
