import type { z } from "zod";

import type { RouteScope } from "../../access/scope.ts";
import { problems, type ProblemCode } from "../problem.ts";

import type { AnswerHeaderName } from "./headers.ts";
import { inOrder, type JsonSchemas } from "./json-schemas.ts";
import {
  scopeOf,
  type Answered,
  type Content,
  type Operation,
  type PathOperations,
} from "./operation.ts";
import { everyRequest, tokenProblems } from "./problem-groups.ts";
import { problemName, problemSchemas } from "./problem-schemas.ts";

/** An object of the document, as OpenAPI 3.1 calls and describes it. */
export type OpenApiObject = Readonly<Record<string, unknown>>;

/** Writes operations as the document has them, and leaves the schemas that have a name to `schemas`. */
export class OperationWriter {
  readonly #schemas: JsonSchemas;
  readonly #sharedResponses = new Map<string, OpenApiObject>();

  constructor(schemas: JsonSchemas) {
    this.#schemas = schemas;
  }

  /** The answers that operations refer to, by name, in order. */
  get sharedResponses(): OpenApiObject {
    return inOrder(this.#sharedResponses);
  }

  pathItem(path: string, operations: PathOperations): OpenApiObject {
    const parameters = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = ""]) =>
      reference("parameters", name),
    );
    const told = Object.entries(operations).map(([method, operation]) => [
      method.toLowerCase(),
      this.#operation(operation, method),
    ]);
    return { ...unlessEmpty({ parameters }), ...Object.fromEntries(told) };
  }

  #operation(operation: Operation, method: string): OpenApiObject {
    const { operationId, tag, summary, query, headers = [], body } = operation;
    const scope = scopeOf(method, operation);
    const parameters = [
      ...(query === undefined ? [] : this.#queryParameters(query)),
      ...headers.map((name) => reference("parameters", name)),
    ];
    return {
      operationId,
      tags: [tag],
      summary,
      ...describedWith(operation.description, scope),
      ...unlessEmpty({ parameters }),
      ...(body === undefined ? {} : { requestBody: this.#body(body) }),
      responses: this.#responses(operation, scope, method === "HEAD"),
      // Where the server has no tokens it asks for none.
      security: scope === "open" ? [] : [{ bearer: [scope] }, {}],
    };
  }

  #queryParameters(query: z.ZodObject): readonly OpenApiObject[] {
    const { required = [] } = this.#schemas.of(query, "input");
    // What a parameter is made into tells more than that it comes as text.
    const { properties = {} } = this.#schemas.of(query, "output");
    return Object.entries(properties).map(([name, property]) => {
      const { description, ...schema } = typeof property === "boolean" ? {} : property;
      return { name, in: "query", required: required.includes(name), description, schema };
    });
  }

  #body({ required, content }: NonNullable<Operation["body"]>): OpenApiObject {
    return { required, content: this.#content(content) };
  }

  #responses(
    { answers, problems: own }: Operation,
    scope: RouteScope,
    isHead: boolean,
  ): OpenApiObject {
    const responses = new Map<string, OpenApiObject>();
    for (const [status, answer] of Object.entries(answers)) {
      responses.set(status, this.#response(answer));
    }
    const codes = new Set<ProblemCode>([
      ...everyRequest,
      ...(scope === "open" ? [] : tokenProblems),
      ...own,
    ]);
    for (const [status, group] of Map.groupBy(codes, (code) => problems[code].status)) {
      const answered = responses.get(String(status));
      // Most statuses are those of one problem, which is the same wherever it is answered.
      const [only] = group.length === 1 && answered === undefined && !isHead ? group : [];
      const told =
        only === undefined
          ? merged(answered, this.#problemResponse(group, isHead))
          : this.#sharedProblem(only);
      responses.set(String(status), told);
    }
    return Object.fromEntries(responses);
  }

  #sharedProblem(code: ProblemCode): OpenApiObject {
    const name = problemName(code);
    this.#sharedResponses.set(name, this.#problemResponse([code], false));
    return reference("responses", name);
  }

  #response({ description, headers = [], content }: Answered): OpenApiObject {
    return {
      description,
      ...headersOf(headers),
      ...(content === undefined ? {} : { content: this.#content(content) }),
    };
  }

  #problemResponse(codes: readonly ProblemCode[], isHead: boolean): OpenApiObject {
    const description = codes.map((code) => `- \`${code}\`: ${problems[code].title}`).join("\n");
    const statuses = codes.map((code) => problems[code].status);
    const headers = headersOf([
      ...(statuses.some((status) => status === 429 || status === 503)
        ? ["Retry-After" as const]
        : []),
      ...(statuses.includes(401) ? ["WWW-Authenticate" as const] : []),
    ]);
    if (isHead) return { description, ...headers };
    const schemas = codes.map((code) => this.#problemSchema(code));
    const schema = schemas.length === 1 ? schemas[0] : { oneOf: schemas };
    return { description, ...headers, content: { "application/problem+json": { schema } } };
  }

  #problemSchema(code: ProblemCode) {
    const schema = problemSchemas.get(code);
    if (schema === undefined) throw new Error(`assertion failed: ${code} has no schema`);
    return this.#schemas.of(schema, "input");
  }

  #content(content: Content): OpenApiObject {
    const written = Object.entries(content).map(([type, { schema, examples }]) => [
      type,
      {
        ...(schema === undefined ? {} : { schema: this.#schemas.of(schema, "input") }),
        ...(examples === undefined ? {} : { examples }),
      },
    ]);
    return Object.fromEntries(written);
  }
}

const reference = (kind: string, name: string): OpenApiObject => ({
  $ref: `#/components/${kind}/${name}`,
});

const headersOf = (names: readonly AnswerHeaderName[]): OpenApiObject =>
  names.length === 0
    ? {}
    : { headers: Object.fromEntries(names.map((name) => [name, reference("headers", name)])) };

function describedWith(description: string | undefined, scope: RouteScope): OpenApiObject {
  const token = scope === "open" ? [] : [`Token: \`${scope}\`.`];
  const text = [...(description === undefined ? [] : [description]), ...token].join("\n\n");
  return text === "" ? {} : { description: text };
}

const unlessEmpty = ({ parameters }: { readonly parameters: readonly unknown[] }): OpenApiObject =>
  parameters.length === 0 ? {} : { parameters };

/** A status that is an answer of its own and that of problems: health checks have such. */
function merged(answer: OpenApiObject | undefined, problem: OpenApiObject): OpenApiObject {
  if (answer === undefined) return problem;
  return {
    description: `${String(answer["description"])}\n\n${String(problem["description"])}`,
    headers: { ...Object(answer["headers"]), ...Object(problem["headers"]) },
    content: { ...Object(answer["content"]), ...Object(problem["content"]) },
  };
}
