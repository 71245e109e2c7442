import type { z } from "zod";

import type { RouteScope } from "../../access/scope.ts";
import type { ProblemCode } from "../problem.ts";
import type { Method } from "../route.ts";

import type { AnswerHeaderName, RequestHeaderName } from "./headers.ts";
import type { Tag } from "./tags.ts";

/** What is told of one method at one path, beside what is told of all. */
export interface Operation {
  /** Names the operation in generated clients: unique, and kept. */
  readonly operationId: string;
  readonly tag: Tag;
  /** What a token must allow for it. Default: `read` for `GET` and `HEAD`, `write` for all others. */
  readonly scope?: RouteScope;
  readonly summary: string;
  /** In CommonMark. */
  readonly description?: string;
  /** The schema that the query is parsed by; without one, a query is refused. */
  readonly query?: z.ZodObject;
  readonly headers?: readonly RequestHeaderName[];
  readonly body?: RequestBody;
  /** By status; problems have their own place. */
  readonly answers: Readonly<Record<number, Answered>>;
  /** The problems that it can end in, beside those of every request. */
  readonly problems: readonly ProblemCode[];
}

/** What a token must allow for an operation. */
export const scopeOf = (method: string, { scope }: Operation): RouteScope =>
  scope ?? (method === "GET" || method === "HEAD" ? "read" : "write");

/** The body of a request. */
export interface RequestBody {
  readonly required: boolean;
  readonly content: Content;
}

/** An answer that is no problem. */
export interface Answered {
  readonly description: string;
  readonly headers?: readonly AnswerHeaderName[];
  readonly content?: Content;
}

/** Bodies, by media type. */
export type Content = Readonly<Record<string, MediaType>>;

/** A body of one media type. JSON has the schema that validates it. */
export interface MediaType {
  readonly schema?: z.ZodType;
  /** By name; the first is what `/docs` sends unless it is told otherwise. */
  readonly examples?: Readonly<Record<string, Example>>;
}

/** An example of a body. */
export interface Example {
  readonly summary?: string;
  readonly value: unknown;
}

/** A body of JSON. */
export const json = (schema: z.ZodType, examples?: MediaType["examples"]): Content => ({
  "application/json": { schema, ...(examples === undefined ? {} : { examples }) },
});

/** A method that is told of. `HEAD` is, where to ask for it makes sense on its own. */
export type DescribedMethod = Method | "HEAD";

/** What is told of a path. */
export type PathOperations = Readonly<Partial<Record<DescribedMethod, Operation>>>;

/** The API as it is told, by path, in which a variable segment stands in braces. */
export type Operations = Readonly<Record<string, PathOperations>>;
