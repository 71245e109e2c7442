/** What clients of a simulation ask nodes for, and what they are told: the HTTP API in short. */
import { logOffset } from "@boxerdb/engine";
import { z } from "zod";

const offset = z.int().nonnegative().transform(logOffset);

/** A write is done only if the key is at this offset, or, for null, absent. */
const ifOffset = offset.nullable().optional();
const idempotencyKey = z.string().optional();
const place = { database: z.string(), key: z.string() };

export const clientRequestSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("get"),
    ...place,
    /** `local`: what this node has, however old. */
    consistency: z.enum(["leader", "linearizable", "local"]),
    /** Wait until the node has what was written at this offset. */
    minimumOffset: offset.optional(),
  }),
  z.strictObject({
    kind: z.literal("put"),
    ...place,
    value: z.string(),
    ifOffset,
    idempotencyKey,
  }),
  z.strictObject({ kind: z.literal("delete"), ...place, ifOffset, idempotencyKey }),
]);
export type ClientRequest = z.infer<typeof clientRequestSchema>;
export type ClientRead = Extract<ClientRequest, { kind: "get" }>;
export type ClientWrite = Exclude<ClientRequest, { kind: "get" }>;
export type Consistency = ClientRead["consistency"];

/** Which copy has answered a get, and up to where it had applied the log. */
const copySchema = z.strictObject({
  /** Another one after each start of the process, and after its log was opened anew. */
  name: z.string(),
  /** The newest that was applied; null: nothing was. */
  appliedOffset: offset.nullable(),
});
export type AnsweringCopy = z.infer<typeof copySchema>;

export const clientAnswerSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("found"),
    value: z.string(),
    offset,
    copy: copySchema.optional(),
  }),
  /** Of a get or a delete: there is no such key. Nothing was written. */
  z.strictObject({ kind: z.literal("absent"), copy: copySchema.optional() }),
  z.strictObject({ kind: z.literal("written"), offset }),
  /** The condition does not hold. Nothing was written. */
  z.strictObject({ kind: z.literal("conflict") }),
  /** Nothing was done, and nothing of it will be. `leader`: the node to ask instead, if it is known. */
  z.strictObject({
    kind: z.literal("refused"),
    code: z.string(),
    leader: z.string().optional(),
  }),
  /** It may have been done, or be done yet. */
  z.strictObject({ kind: z.literal("unknown"), code: z.string() }),
]);
export type ClientAnswer = z.infer<typeof clientAnswerSchema>;

export const requestText = (request: ClientRequest): string => {
  const condition =
    request.kind === "get" || request.ifOffset === undefined
      ? ""
      : request.ifOffset === null
        ? " if absent"
        : ` if @${request.ifOffset}`;
  switch (request.kind) {
    case "get": {
      const { minimumOffset } = request;
      const minimum = minimumOffset === undefined ? "" : `, from @${minimumOffset} on`;
      return `get ${request.key} (${request.consistency}${minimum})`;
    }
    case "put":
      return `put ${request.key} = ${short(request.value)}${condition}`;
    case "delete":
      return `delete ${request.key}${condition}`;
  }
};

export const answerText = (answer: ClientAnswer): string => {
  switch (answer.kind) {
    case "found":
      return `${short(answer.value)} @${answer.offset}`;
    case "written":
      return `written @${answer.offset}`;
    case "absent":
    case "conflict":
      return answer.kind;
    case "refused":
    case "unknown":
      return `${answer.kind}: ${answer.code}`;
  }
};

/** Which copy it is that has answered, and where it was. */
export const copyText = ({ name, appliedOffset }: AnsweringCopy): string =>
  `by ${name}, ${appliedOffset === null ? "where nothing was applied" : `at @${appliedOffset}`}`;

/** Values may be padded to any length; what tells them apart stands in front. */
const short = (value: string): string => (value.length <= 16 ? value : `${value.slice(0, 16)}…`);
