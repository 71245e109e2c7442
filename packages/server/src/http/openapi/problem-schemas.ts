import { z } from "zod";

import { scopes } from "../../access/scope.ts";
import { problemCodes, problems, type ProblemCode } from "../problem.ts";

import { describeObject, describeSchema, schemaTexts } from "./schema-text.ts";
import { count, offset } from "./shared-schemas.ts";

/** What every problem has, by RFC 9457 and beyond. */
export const problemSchema = describeObject(
  z.object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(problemCodes),
    message: z.string(),
    documents: z.int().nonnegative().optional(),
    lines: z.int().nonnegative().optional(),
  }),
  {
    id: "Problem",
    description:
      "An error (RFC 9457). Decide by `code`: it keeps its meaning and its status. A request that failed changed nothing, or says that it may have.",
  },
  {
    type: "The code as a URI.",
    title: "What kind of error it is, for people.",
    status: "The HTTP status.",
    code: "The kind of error, for programs.",
    message: "What is wrong and what to do, for people. Its words may change.",
    documents: "Of an import: how many documents are stored all the same.",
    lines: "Of an import: the last line up to which all is stored.",
  },
);

const where = z.object({ parameter: z.string() });
const whichHeader = z.object({ header: z.string() });
const absentOrOffset = offset.nullable();

/** What some problems tell beside that. */
const members: Readonly<Partial<Record<ProblemCode, z.ZodObject>>> = {
  malformed_json: describeObject(
    z.object({ line: count.optional(), column: count.optional() }),
    {},
    { line: "From 1.", column: "From 1, in UTF-16 code units." },
  ),
  invalid_body: describeObject(
    z.object({ errors: z.array(z.object({ path: z.string(), message: z.string() })) }),
    {},
    { errors: "What is wrong, each with its place, as in `operations[2].key`." },
  ),
  invalid_line: describeObject(
    z.object({ line: count }),
    {},
    { line: "The number of the line, from 1." },
  ),
  invalid_query: describeObject(where, {}, { parameter: "The parameter that is wrong." }),
  invalid_cursor: describeObject(where, {}, { parameter: "The parameter that is wrong." }),
  invalid_header: describeObject(whichHeader, {}, { header: "The header that is wrong." }),
  forbidden: describeObject(
    z.object({ scope: z.enum(scopes), held: z.enum(scopes).optional() }),
    {},
    { scope: "The scope that this takes.", held: "The scope of the token, if it is too narrow." },
  ),
  too_many_requests: describeObject(
    z.object({ limit: count }),
    {},
    { limit: "How many requests may be under way at a time." },
  ),
  not_leader: describeObject(
    z.object({ leader: z.url().optional() }),
    {},
    { leader: "The URL of the leader, where it is known: send the write there." },
  ),
  not_acceptable: describeObject(
    z.object({ available: z.array(z.string()) }),
    {},
    { available: "The media types that there are." },
  ),
  offset_ahead: describeObject(
    z.object({ from: count, endOffset: count }),
    {},
    { from: "What was asked for.", endOffset: "Where the log ends." },
  ),
  offset_passed: describeObject(
    z.object({ offset: absentOrOffset }),
    {},
    { offset: "The newest offset that is visible here; null where there is none." },
  ),
  offset_purged: describeObject(
    z.object({ from: count, purgeFloor: count }),
    {},
    { from: "What was asked for.", purgeFloor: "From this offset on all deletions are there." },
  ),
  catching_up: describeObject(
    z.object({ offset: absentOrOffset, neededOffset: count }),
    {},
    {
      offset: "The newest offset that this node has applied; null where there is none.",
      neededOffset: "From this one on it answers reads again.",
    },
  ),
  offset_not_reached: describeObject(
    z.object({ minOffset: count, offset: absentOrOffset }),
    {},
    {
      minOffset: "What was asked for.",
      offset: "The newest offset that is visible here; null where there is none.",
    },
  ),
  precondition_failed: describeObject(
    z.object({
      actual: absentOrOffset,
      expected: absentOrOffset.optional(),
      check: count.optional(),
      collection: z.string().optional(),
      key: z.string().optional(),
    }),
    {},
    {
      actual: "The offset that the key is at; null where there is none.",
      expected: "The offset that it should have been at; null for absent.",
      check: "The place of the check in the batch, from 0.",
      collection: "The collection of the key.",
      key: "The key whose condition did not hold.",
    },
  ),
  too_large: describeObject(
    z.object({ limit: count, unit: z.string() }),
    {},
    { limit: "The most that is taken.", unit: "What the limit counts, such as bytes." },
  ),
  not_enough_replicas: describeObject(
    z.object({ required: count, available: count }),
    {},
    {
      required: "How many nodes must have the write, this one among them.",
      available: "How many could take it.",
    },
  ),
};

/** As in `NotFoundProblem`. */
export const problemName = (code: ProblemCode): string =>
  `${code.replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase())}Problem`;

/** The schema of each problem: what all have, the code, and what it tells beside that. */
export const problemSchemas: ReadonlyMap<ProblemCode, z.ZodType> = new Map(
  problemCodes.map((code) => [code, schemaOf(code)]),
);

function schemaOf(code: ProblemCode): z.ZodType {
  const { status, title } = problems[code];
  const more = members[code];
  const own = z.object({
    type: z.literal(`urn:boxerdb:problem:${code}`),
    status: z.literal(status),
    code: z.literal(code),
    ...more?.shape,
  });
  const fields = more === undefined ? undefined : schemaTexts.get(more)?.fields;
  describeSchema(own, fields === undefined ? {} : { fields });
  return describeSchema(z.intersection(problemSchema, own), {
    id: problemName(code),
    description: `${title}.`,
  });
}
