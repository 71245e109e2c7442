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
  "Idempotency-Key": {
    description:
      "A name for this write, such as a UUID: repeated under the same one it is done once, and answered as it was then.",
    schema: { type: "string", minLength: 1, maxLength: 255 },
  },
  "BoxerDB-Min-Offset": {
    description:
      "Read only what is at least as new as this offset, as a write has answered it: waits for it, and is answered 503 `offset_not_reached` where it does not come in time.",
    schema: { type: "string", pattern: "^\\d{1,15}$" },
  },
  "Last-Event-ID": {
    description: "Go on after the event of this id. Browsers send it by themselves.",
    schema: { type: "string", pattern: "^\\d{1,15}$" },
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
  "BoxerDB-Expires": {
    description: "When the key expires, in milliseconds since 1970; absent where it does not.",
    schema: { type: "string", pattern: "^\\d+$" },
    example: "1767225600000",
  },
  "BoxerDB-Next-Offset": {
    description: "Where the next page begins.",
    schema: { type: "string", pattern: "^\\d+$" },
    example: "42",
  },
  "Idempotency-Replayed": {
    description: "`true` where the write was done before, under the same `Idempotency-Key`.",
    schema: { type: "string", const: "true" },
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
  "WWW-Authenticate": {
    description: "What is wanted: `Bearer`, and what is wrong with the token that was sent.",
    schema: { type: "string" },
    example: 'Bearer realm="boxerdb"',
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
