import { z } from "zod";

import { jsonValue } from "../value-body.ts";

import { describeObject, describeSchema } from "./schema-text.ts";

/** A value as it is taken and as it is answered. */
export const anyJson = describeSchema(jsonValue, {
  id: "JsonValue",
  description:
    "Any JSON value, null included. Numbers are JavaScript's: doubles, in which whole numbers are exact up to 2⁵³. Values nest at most 512 levels deep.",
});

/** A place in the log. */
export const offset = describeSchema(z.int().nonnegative(), {
  id: "Offset",
  description:
    "The number of a record in the log of its database: it grows with every write and is never used twice. In double quotes it is the key's ETag.",
  examples: [41],
});

/** Bytes, for which JSON Schema has no word of its own. */
export const bytes = z.file();

/** When something expires. */
export const expires = describeSchema(z.int(), {
  description: "Milliseconds since 1970, UTC.",
});

/** A count, or a size. */
export const count = z.int().nonnegative();

/** The answer to a write. */
export const written = describeObject(
  z.object({ offset }),
  { id: "Written", description: "Where in the log the write stands." },
  { offset: "The offset of the write; of a batch, of its last operation." },
);
