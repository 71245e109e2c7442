import { z } from "zod";

import { exportQuery } from "../bulk/export.ts";
import { importQuery } from "../bulk/import-run.ts";
import { manyKeysBody, maxKeys } from "../bulk/many-keys.ts";

import { freshness } from "./headers.ts";
import { json, type PathOperations } from "./operation.ts";
import { dataProblems, jsonBodyProblems, readProblems, writeProblems } from "./problem-groups.ts";
import { describeObject } from "./schema-text.ts";
import { anyJson, count, expires, offset } from "./shared-schemas.ts";
import { readQuery, readTexts, writeTexts } from "./term-texts.ts";

describeObject(
  manyKeysBody,
  { id: "ManyKeys", description: "Keys to read at one offset." },
  { keys: `At most ${maxKeys}, of any collections of the database.` },
);

const foundEntry = describeObject(
  z.object({
    collection: z.string(),
    key: z.string(),
    value: anyJson.optional(),
    base64: z.base64().optional(),
    offset: offset.nullable(),
    expires: expires.optional(),
  }),
  { id: "FoundEntry", description: "A key with its value, or without one where it is absent." },
  {
    collection: "The collection that was named.",
    key: "The key that was named.",
    value: "The value, if it is JSON.",
    base64: "The value, if it is bytes.",
    offset: "The offset at which the key was written; null where it is absent.",
    expires: "When it expires; absent where it does not.",
  },
);

const found = describeObject(
  z.object({ offset: offset.nullable(), entries: z.array(foundEntry) }),
  { id: "Found", description: "Many keys as they were at one offset." },
  {
    offset: "The newest offset of the database then; null before its first write.",
    entries: "In the order in which the keys were named.",
  },
);

/** Many reads at one offset. */
export const manyKeysOperations: PathOperations = {
  POST: {
    operationId: "getMany",
    scope: "read",
    tag: "Databases",
    summary: "Read many keys at one offset",
    description:
      "All values are those of one state of the database. The answer is as long as the body of a batch at most.",
    query: readQuery,
    headers: ["BoxerDB-Min-Offset"],
    body: {
      required: true,
      content: json(manyKeysBody, {
        stock: { value: { keys: [{ collection: "stock", key: "apple" }] } },
      }),
    },
    answers: {
      200: {
        description: "What was found, and what was not, in its place.",
        headers: freshness,
        content: json(found, {
          stock: {
            value: {
              offset: 41,
              entries: [{ collection: "stock", key: "apple", value: 12, offset: 7 }],
            },
          },
        }),
      },
    },
    problems: [
      ...dataProblems,
      ...readProblems,
      ...jsonBodyProblems,
      "invalid_key",
      "database_not_found",
    ],
  },
};

describeObject(
  exportQuery,
  {},
  {
    collection: "Only this collection. All, unless given.",
    prefix: "Only keys that begin with it, in each collection.",
    ...readTexts,
  },
);

const line = '{"collection":"stock","key":"apple","value":12}\n';
const lines = { "application/x-ndjson": { examples: { lines: { value: line } } } };

/** All documents as lines. */
export const exportOperations: PathOperations = {
  GET: {
    operationId: "export",
    tag: "Databases",
    summary: "Read all documents as lines",
    description:
      "The documents as they were at the offset that `BoxerDB-Offset` tells, `{collection, key, value | base64, expires?}`, one JSON object a line, in the order of collections and keys. They are complete if the body is: where the server cannot go on, it cuts the connection.",
    query: exportQuery,
    headers: ["BoxerDB-Min-Offset"],
    answers: { 200: { description: "The documents.", headers: freshness, content: lines } },
    problems: [...dataProblems, ...readProblems, "database_not_found"],
  },
};

describeObject(
  importQuery,
  {},
  {
    collection: "For lines that name none.",
    ...writeTexts,
    firstLine: "The number that the first line of the body has in the import.",
    more: "Another request brings more lines.",
  },
);

const storedTexts = {
  documents: "How many documents are stored, by all requests of the import.",
  lines: "The last line up to which all is stored.",
  offset: "The offset of the last document that was stored; null for none.",
};
const stored = { documents: count, lines: count, offset: offset.nullable() };

const imported = describeObject(
  z.object(stored),
  { id: "Imported", description: "What an import has stored." },
  storedTexts,
);

const importProgress = describeObject(
  z.object({ ...stored, complete: z.boolean() }),
  { id: "ImportProgress", description: "How far an import has come." },
  { ...storedTexts, complete: "Whether it has come to its end." },
);

/** Documents from lines, and how far that has come. */
export const importOperations: PathOperations = {
  POST: {
    operationId: "import",
    tag: "Databases",
    summary: "Store documents from lines",
    description:
      "Lines as an export has them, in a body of any length, also with `Content-Encoding: gzip` or `zstd`. They are stored in batches, in their order. Every problem tells in `documents` and `lines` how much is stored all the same. With `Idempotency-Key` that is stored with each batch, and the same request again goes on where the one before stopped: its lines must be the same.",
    query: importQuery,
    headers: ["Idempotency-Key"],
    body: { required: true, content: lines },
    answers: {
      200: {
        description: "All is stored, and durable.",
        headers: ["Idempotency-Replayed", ...freshness],
        content: json(imported, { stored: { value: { documents: 1, lines: 1, offset: 41 } } }),
      },
    },
    problems: [
      ...dataProblems,
      ...writeProblems,
      "invalid_header",
      "invalid_line",
      "incomplete_body",
      "malformed_encoding",
      "superseded",
      "idempotency_key_reused",
      "unsupported_media_type",
    ],
  },
  GET: {
    operationId: "getImport",
    tag: "Databases",
    summary: "Ask how far an import has come",
    description: "Of the import with this `Idempotency-Key`, kept for seven days.",
    query: readQuery,
    headers: ["Idempotency-Key", "BoxerDB-Min-Offset"],
    answers: {
      200: {
        description: "How much is stored.",
        headers: freshness,
        content: json(importProgress, {
          stored: { value: { documents: 1, lines: 1, offset: 41, complete: true } },
        }),
      },
    },
    problems: [...dataProblems, ...readProblems, "not_found", "database_not_found"],
  },
};
