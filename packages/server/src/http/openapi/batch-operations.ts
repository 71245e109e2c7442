import { batchBody, batchCheck, batchOperation } from "../batch.ts";

import { freshness } from "./headers.ts";
import { json, type PathOperations } from "./operation.ts";
import { dataProblems, jsonBodyProblems, writeProblems } from "./problem-groups.ts";
import { describeObject, describeSchema } from "./schema-text.ts";
import { written } from "./shared-schemas.ts";
import { writeQuery } from "./term-texts.ts";

const place = {
  collection: "The collection of the key.",
  key: "The key, as it is: not percent-encoded.",
};

describeObject(
  batchCheck,
  { id: "BatchCheck", description: "A condition that must hold for the batch to be done." },
  { ...place, offset: "The offset that the key must be at; null: it must be absent." },
);

const [putOperation, deleteOperation] = batchOperation.options;
describeObject(
  putOperation,
  { id: "BatchPut", description: "Creates or replaces a key." },
  {
    op: "What to do.",
    ...place,
    value: "Any JSON value, null included.",
    ttl: "After so many seconds the key is gone.",
  },
);
describeObject(
  deleteOperation,
  { id: "BatchDelete", description: "Removes a key. One that is absent is no error." },
  { op: "What to do.", ...place },
);
describeSchema(batchOperation, { id: "BatchOperation", description: "One change of one key." });

describeObject(
  batchBody,
  { id: "Batch", description: "Operations that are done together, if all checks hold." },
  {
    checks: "Conditions on any keys of the database, whether or not they are written.",
    operations: "In this order: of several on one key the last wins.",
  },
);

/** The atomic change of several keys. */
export const batchOperations: PathOperations = {
  POST: {
    operationId: "batch",
    tag: "Databases",
    summary: "Change several keys at once, or none",
    description:
      "All operations become visible together, in any collections of the database, and only if all checks hold. The database comes into being by it.",
    query: writeQuery,
    headers: ["Idempotency-Key"],
    body: {
      required: true,
      content: json(batchBody, {
        stock: {
          summary: "Two keys, if one of them is new",
          value: {
            checks: [{ collection: "stock", key: "apple", offset: null }],
            operations: [
              { op: "put", collection: "stock", key: "apple", value: 12 },
              { op: "put", collection: "prices", key: "apple", value: 0.4 },
              { op: "delete", collection: "prices", key: "pear" },
            ],
          },
        },
      }),
    },
    answers: {
      200: {
        description: "Done, and durable.",
        headers: ["ETag", "Idempotency-Replayed", ...freshness],
        content: json(written, { written: { value: { offset: 43 } } }),
      },
    },
    problems: [
      ...dataProblems,
      ...writeProblems,
      ...jsonBodyProblems,
      "invalid_header",
      "invalid_key",
      "invalid_value",
      "precondition_failed",
      "idempotency_key_reused",
    ],
  },
};
