import { z } from "zod";

import { octetStream, msgpackTypes } from "../media-type.ts";
import { putBody } from "../value-body.ts";

import { freshness } from "./headers.ts";
import { json, type Answered, type PathOperations } from "./operation.ts";
import { jsonBodyProblems, keyProblems, readProblems, writeProblems } from "./problem-groups.ts";
import { describeObject } from "./schema-text.ts";
import { anyJson, bytes, written } from "./shared-schemas.ts";
import type { Tag } from "./tags.ts";
import { putQuery, readQuery, writeQuery } from "./term-texts.ts";

describeObject(
  putBody,
  { id: "PutRequest", description: "The value to store." },
  { value: "Any JSON value, null included." },
);

const valueAnswer = describeObject(
  z.object({ value: anyJson.optional(), base64: z.base64().optional() }),
  { id: "Value", description: "The value of a key." },
  {
    value: "The value that was stored last, if it is JSON.",
    base64: "The value, if it is bytes.",
  },
);

const examples = {
  text: { summary: "A text", value: { value: "Hello World!" } },
  document: {
    summary: "A document",
    value: { value: { name: "Ada", tags: ["math", null], age: 36 } },
  },
};

/** Values in forms other than JSON. */
const otherForms = Object.fromEntries(
  [octetStream, ...msgpackTypes].map((type) => [type, { schema: bytes }]),
);

const writeAnswer: Answered = {
  description: "Written, and durable. The ETag is the offset that is answered.",
  headers: ["ETag", "Idempotency-Replayed", ...freshness],
  content: json(written, { written: { value: { offset: 41 } } }),
};

/**
 * What can be done with a key: in the default collection, or in any.
 *
 * @param place what stands in the names of the operations for where the key is
 */
export function keyOperations(place: "Default" | "", tag: Tag): PathOperations {
  const put = {
    tag,
    query: putQuery,
    headers: ["If-Match", "If-None-Match", "Idempotency-Key"],
    body: { required: true, content: { ...json(putBody, examples), ...otherForms } },
    answers: { 200: writeAnswer },
    problems: [
      ...keyProblems,
      ...writeProblems,
      ...jsonBodyProblems,
      "invalid_value",
      "precondition_failed",
      "idempotency_key_reused",
    ],
  } as const;
  const readHeaders = ["ETag", "BoxerDB-Expires", ...freshness] as const;
  const get = {
    tag,
    query: readQuery,
    headers: ["If-Match", "If-None-Match", "BoxerDB-Min-Offset"],
    problems: [
      ...keyProblems,
      ...readProblems,
      "not_found",
      "precondition_failed",
      "not_acceptable",
    ],
  } as const;
  const notModified: Answered = {
    description: "The ETag in `If-None-Match` still holds: you have the newest value.",
    headers: ["ETag", ...freshness],
  };
  return {
    GET: {
      ...get,
      operationId: `get${place}Key`,
      summary: "Read a key",
      description:
        "Answers what was written last, as far as this node has it: on a follower that may be a little behind, see `BoxerDB-Lag`.",
      answers: {
        200: {
          description:
            "The value, in the form that `Accept` prefers: JSON or msgpack; bytes as they are, unless JSON or msgpack is wanted.",
          headers: readHeaders,
          content: {
            ...json(valueAnswer, { text: { value: { value: "Hello World!" } } }),
            ...otherForms,
          },
        },
        304: notModified,
      },
    },
    HEAD: {
      ...get,
      operationId: `head${place}Key`,
      summary: "Ask whether a key is there, and at which offset",
      description: "As `GET`, without the body.",
      answers: {
        200: { description: "The key is there.", headers: readHeaders },
        304: notModified,
      },
    },
    PUT: {
      ...put,
      operationId: `put${place}Key`,
      summary: "Create or replace a key",
      description:
        'Database and collection come into being by it. The body is JSON in an envelope, as in the examples, the bare value as msgpack, or any bytes. `If-Match: "41"` overwrites only what you have read at offset 41; `If-None-Match: *` only creates.',
    },
    POST: {
      ...put,
      operationId: `post${place}Key`,
      summary: "Create or replace a key, as PUT does",
      description: "The same as `PUT`, for clients that cannot send it.",
    },
    DELETE: {
      tag,
      operationId: `delete${place}Key`,
      summary: "Remove a key",
      description: 'With `If-Match: "41"` only if nobody has written it since offset 41.',
      query: writeQuery,
      headers: ["If-Match", "If-None-Match", "Idempotency-Key"],
      answers: {
        200: { ...writeAnswer, description: "Removed. The offset is that of the removal." },
      },
      problems: [
        ...keyProblems,
        ...writeProblems,
        "not_found",
        "precondition_failed",
        "idempotency_key_reused",
      ],
    },
  };
}
