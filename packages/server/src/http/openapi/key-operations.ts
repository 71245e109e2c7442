import { z } from "zod";

import { putBody } from "../keys.ts";

import { freshness } from "./headers.ts";
import { json, type Answered, type PathOperations } from "./operation.ts";
import { jsonBodyProblems, keyProblems, writeProblems } from "./problem-groups.ts";
import { describeObject } from "./schema-text.ts";
import { anyJson, written } from "./shared-schemas.ts";
import type { Tag } from "./tags.ts";

describeObject(
  putBody,
  { id: "PutRequest", description: "The value to store." },
  { value: "Any JSON value, null included." },
);

const valueAnswer = describeObject(
  z.object({ value: anyJson }),
  { id: "Value", description: "The value of a key." },
  { value: "The value that was stored last." },
);

const examples = {
  text: { summary: "A text", value: { value: "Hello World!" } },
  document: {
    summary: "A document",
    value: { value: { name: "Ada", tags: ["math", null], age: 36 } },
  },
};

const writeAnswer: Answered = {
  description: "Written, and durable. The ETag is the offset that is answered.",
  headers: ["ETag", ...freshness],
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
    headers: ["If-Match", "If-None-Match"],
    body: { required: true, content: json(putBody, examples) },
    answers: { 200: writeAnswer },
    problems: [
      ...keyProblems,
      ...writeProblems,
      ...jsonBodyProblems,
      "invalid_value",
      "precondition_failed",
    ],
  } as const;
  const readHeaders = ["ETag", ...freshness] as const;
  const get = {
    tag,
    headers: ["If-Match", "If-None-Match"],
    problems: [...keyProblems, "not_found", "precondition_failed"],
  } as const;
  const notModified: Answered = {
    description: "The ETag in `If-None-Match` still holds: you have the newest value.",
    headers: readHeaders,
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
          description: "The value. A value that is bytes comes as they are.",
          headers: readHeaders,
          content: {
            ...json(valueAnswer, { text: { value: { value: "Hello World!" } } }),
            "application/octet-stream": {},
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
        'Database and collection come into being by it. `If-Match: "41"` overwrites only what you have read at offset 41; `If-None-Match: *` only creates.',
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
      headers: ["If-Match", "If-None-Match"],
      answers: {
        200: { ...writeAnswer, description: "Removed. The offset is that of the removal." },
      },
      problems: [...keyProblems, ...writeProblems, "not_found", "precondition_failed"],
    },
  };
}
