import type { JsonSchema } from "./json-schemas.ts";

interface Header {
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example?: string;
}

/** Headers of requests that mean something to this API. */
export const requestHeaders = {
  "If-Match": {
    description:
      'Do it only if the key is at this offset, as in `"41"`, or at one of several. `*`: only if it is there.',
    schema: { type: "string" },
  },
  "If-None-Match": {
    description:
      "To write: `*`, only if the key is absent. To read: an ETag that you have, to be answered 304 as long as it holds.",
    schema: { type: "string" },
  },
} as const satisfies Record<string, Header>;

export type RequestHeaderName = keyof typeof requestHeaders;

/** Headers of answers. */
export const answerHeaders = {
  ETag: {
    description: "The offset of what is answered or was written, in double quotes.",
    schema: { type: "string" },
    example: '"41"',
  },
  "BoxerDB-Offset": {
    description:
      "The newest offset of the database that reads see on this node; absent before the first write.",
    schema: { type: "string", pattern: "^\\d+$" },
    example: "41",
  },
  "BoxerDB-Lag": {
    description: "On a follower: by how many records it is behind its leader, as far as it knows.",
    schema: { type: "string", pattern: "^\\d+$" },
    example: "0",
  },
  Link: {
    description: 'The next page, with `rel="next"`; absent on the last one.',
    schema: { type: "string" },
    example: '</api/v1?cursor=eyJ2IjoxfQ>; rel="next"',
  },
  Location: {
    description: "Where to go.",
    schema: { type: "string" },
  },
  Allow: {
    description: "The methods that work here.",
    schema: { type: "string" },
    example: "GET, HEAD, OPTIONS",
  },
  "Retry-After": {
    description: "After how many seconds it is worth trying again.",
    schema: { type: "string", pattern: "^\\d+$" },
    example: "1",
  },
} as const satisfies Record<string, Header>;

export type AnswerHeaderName = keyof typeof answerHeaders;

/** Headers that answers about the data of a database have. */
export const freshness = ["BoxerDB-Offset", "BoxerDB-Lag"] as const satisfies AnswerHeaderName[];
