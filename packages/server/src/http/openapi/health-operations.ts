import { z } from "zod";

import { lagQuery } from "../health.ts";

import { json, type Operation, type Operations } from "./operation.ts";
import { describeObject } from "./schema-text.ts";

describeObject(
  lagQuery,
  {},
  { lag: "Only if no database of the node is further behind its leader than so many records." },
);

const fit = describeObject(
  z.object({ status: z.literal("ok") }),
  { id: "Fit", description: "Yes." },
  { status: "Always the same." },
);

const unfit = describeObject(
  z.object({ status: z.literal("unavailable"), reason: z.string().optional() }),
  { id: "Unfit", description: "No." },
  { status: "Always the same.", reason: "Why not, for people; `/status` tells more." },
);

interface Question {
  /** As in `Livez`, for the names of its operations. */
  readonly name: string;
  readonly summary: string;
  readonly description: string;
  readonly query?: z.ZodObject;
}

const questions = {
  "/livez": {
    name: "Livez",
    summary: "Does the process run?",
    description: "Restart it where it does not answer. It says yes while it opens its data.",
  },
  "/readyz": {
    name: "Readyz",
    summary: "Can the node do its work?",
    description: "Reads on any node; writes as well on a leader.",
  },
  "/leader": {
    name: "Leader",
    summary: "Is it the leader, and ready?",
    description:
      "Send writes to the node that says yes. Where leaders are elected, one that leads any database does.",
  },
  "/follower": {
    name: "Follower",
    summary: "Is it a follower, ready, and close enough behind?",
    description:
      "Send reads to the nodes that say yes. Where leaders are elected, one that follows any database does, and `lag` is that of all that it follows.",
    query: lagQuery,
  },
} as const satisfies Record<string, Question>;

const ask = (question: Question, prefix: "get" | "options"): Operation => ({
  operationId: `${prefix}${question.name}`,
  tag: "Node",
  scope: "open",
  summary: prefix === "get" ? question.summary : `${question.summary} Without a body`,
  description: question.description,
  ...(question.query === undefined ? {} : { query: question.query }),
  answers:
    prefix === "get"
      ? {
          200: { description: "Yes.", content: json(fit, { yes: { value: { status: "ok" } } }) },
          503: {
            description: "No.",
            content: json(unfit, {
              no: { value: { status: "unavailable", reason: "this node is a leader" } },
            }),
          },
        }
      : {
          200: { description: "Yes.", headers: ["Allow"] },
          503: { description: "No.", headers: ["Allow"] },
        },
  problems: [],
});

/** What load balancers ask, by `GET`, `HEAD` or `OPTIONS`. */
export const healthOperations: Operations = Object.fromEntries(
  Object.entries(questions).map(([path, question]) => [
    path,
    { GET: ask(question, "get"), OPTIONS: ask(question, "options") },
  ]),
);
