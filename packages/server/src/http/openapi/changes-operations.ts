import { changesQuery } from "../changes/changes-query.ts";

import { freshness } from "./headers.ts";
import type { PathOperations } from "./operation.ts";
import { dataProblems } from "./problem-groups.ts";
import { describeObject } from "./schema-text.ts";

describeObject(
  changesQuery,
  {},
  {
    from: "The offset to begin at; `now` for what is to come. From the start, unless given.",
    collection: "Only changes of this collection.",
    prefix: "Only changes of keys that begin with it; needs `collection`.",
    limit: "A page of at most so many changes, and where the next one begins.",
    wait: "How many seconds to wait for the first change where there is none: long polling.",
    follow: "Lines for ever, as changes come.",
  },
);

const line =
  '{"offset":7,"op":"put","collection":"stock","key":"apple","value":12,"timestamp":1767225600000}\n';

/** The log as a feed. */
export const changesOperations: PathOperations = {
  GET: {
    operationId: "getChanges",
    tag: "Feed",
    summary: "Read the log as a feed of changes",
    description:
      "Committed changes in the order of their offsets, `{offset, op, collection, key, value | base64, expires?, timestamp, batchEnd?}`, one JSON object a line. Without parameters: all there are now. With `limit` or `wait`: a page, and `BoxerDB-Next-Offset`, where to go on. With `follow`, or as Server-Sent Events (`Accept: text/event-stream`): for ever. Changes with the same `batchEnd`, and the one at that offset, were written as one batch.",
    query: changesQuery,
    headers: ["Last-Event-ID"],
    answers: {
      200: {
        description: "The changes.",
        headers: ["BoxerDB-Next-Offset", "Link", ...freshness],
        content: {
          "application/x-ndjson": { examples: { lines: { value: line } } },
          "text/event-stream": {
            examples: { events: { value: `id: 7\nevent: put\ndata: ${line}\n` } },
          },
        },
      },
    },
    problems: [
      ...dataProblems,
      "invalid_header",
      "invalid_key",
      "database_not_found",
      "offset_ahead",
      "offset_purged",
      "catching_up",
    ],
  },
};
