import { readQuery } from "../read-terms.ts";
import { putQuery, writeQuery } from "../write-terms.ts";

import { describeObject, type FieldText } from "./schema-text.ts";

/** The parameters of every read. */
export const readTexts = {
  consistency:
    "`local`: what this node knows to be committed. `leader`: only if this node leads. `linearizable`: the same, and sure to see all that was acknowledged before.",
  wait: "How many seconds to wait at most for `BoxerDB-Min-Offset`.",
} as const satisfies Record<string, FieldText>;

const durability =
  "When it is acknowledged: on `disk`, which survives a power cut, or with the `os`, which survives the death of the process. As the server is set, unless given.";

/** The parameter of every write. */
export const writeTexts = { durability } as const satisfies Record<string, FieldText>;

describeObject(readQuery, {}, readTexts);
describeObject(writeQuery, {}, writeTexts);
describeObject(putQuery, {}, { ...writeTexts, ttl: "After so many seconds the key is gone." });

export { putQuery, readQuery, writeQuery };
