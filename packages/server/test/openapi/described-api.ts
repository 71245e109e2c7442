import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";
import { z } from "zod";

import { apiInfo } from "../../src/http/openapi/api-info.ts";
import { openApiDocument } from "../../src/http/openapi/document.ts";
import { operations } from "../../src/http/openapi/operations.ts";

import { closedSchemas } from "./closed-schemas.ts";

/** An answer as it came, with the body as text where it is of JSON. */
export interface Answered {
  readonly method: string;
  /** With the query, if there is one. */
  readonly path: string;
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string | undefined;
}

const response = z.object({ content: z.record(z.string(), z.unknown()).optional() });
const reference = z.object({ $ref: z.string().regex(/^#\/components\/responses\/\w+$/) });
const operation = z.object({ responses: z.record(z.string(), reference.or(response)) });
const described = z.object({
  // Beside the methods of a path are the parameters of all of them.
  paths: z.record(z.string(), z.record(z.string(), operation.or(z.array(z.unknown())))),
  components: z.object({ responses: z.record(z.string(), response) }),
});

/** Judges answers by the document that the server gives of itself. */
export class DescribedApi {
  readonly #ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true });
  readonly #document: z.output<typeof described>;
  readonly #templates: readonly (readonly [pattern: RegExp, template: string])[];
  readonly #validators = new Map<string, ValidateFunction>();

  constructor() {
    const document = z.json().parse(structuredClone(openApiDocument(operations, apiInfo)));
    this.#document = described.parse(document);
    this.#ajv.addSchema(z.looseObject({}).parse(closedSchemas(document)), "openapi.json");
    this.#templates = Object.keys(this.#document.paths).map((template) => [
      patternOf(template),
      template,
    ]);
  }

  /** What is wrong with an answer by the document; undefined where nothing is. */
  complaint(answered: Answered): string | undefined {
    const wrong = this.#judge(answered);
    const { method, path, status, body } = answered;
    return wrong && `${method} ${path} was answered ${status}, ${wrong}: ${body ?? "(no JSON)"}`;
  }

  #judge({ method, path, status, headers, body }: Answered): string | undefined {
    const [bare = ""] = path.split("?");
    const template = this.#templates.find(([pattern]) => pattern.test(bare))?.[1];
    const type = headers.get("content-type")?.split(";")[0];
    if (template === undefined) return this.#judgeElsewhere(body);
    const methods = this.#document.paths[template] ?? {};
    const name = method.toLowerCase();
    const asked = name === "head" && methods["head"] === undefined ? "get" : name;
    const operation = methods[asked];
    if (operation === undefined || Array.isArray(operation)) {
      if (name === "options" && status === 204) return undefined;
      return this.#judgeElsewhere(body);
    }
    const told = operation.responses[String(status)];
    if (told === undefined) return `a status that is not described at ${template}`;
    if (name === "head" || type === undefined) {
      return body === undefined || body === "" ? undefined : "with a body";
    }
    const place =
      "$ref" in told
        ? told.$ref.split("/").slice(1)
        : ["paths", template, asked, "responses", String(status)];
    const { content } = "$ref" in told ? this.#shared(told.$ref) : told;
    if (content?.[type] === undefined) return `with ${type}, which is not described`;
    if (body === undefined || !isJson(type)) return undefined;
    return this.#validate([...place, "content", type, "schema"], body);
  }

  #shared($ref: string): z.output<typeof response> {
    const shared = this.#document.components.responses[$ref.split("/").at(-1) ?? ""];
    if (shared === undefined) throw new Error(`there is no ${$ref}`);
    return shared;
  }

  /** What is answered where nothing is described: the prose of the document tells of it. */
  #judgeElsewhere(body: string | undefined): string | undefined {
    if (body === undefined || body === "") return undefined;
    const { code } = z.object({ code: z.string() }).parse(JSON.parse(body));
    if (!elsewhere.has(code)) return "where nothing is described";
    return this.#validate(["components", "schemas", "Problem"], body);
  }

  #validate(pointer: readonly string[], body: string): string | undefined {
    const steps = pointer.map((step) =>
      encodeURIComponent(step.replaceAll("~", "~0").replaceAll("/", "~1")),
    );
    const $ref = `openapi.json#/${steps.join("/")}`;
    const validate = this.#validators.get($ref) ?? this.#ajv.compile({ $ref });
    this.#validators.set($ref, validate);
    if (validate(JSON.parse(body))) return undefined;
    return `which is not as described: ${this.#ajv.errorsText(validate.errors)}`;
  }
}

// An invalid key is the one that was left out, as in /api/v1/, which takes a token as any does.
const elsewhere: ReadonlySet<string> = new Set([
  "no_such_route",
  "method_not_allowed",
  "invalid_key",
  "unauthorized",
  "forbidden",
]);

/** Whether a media type is JSON in one piece. */
export const isJson = (type: string): boolean => /^application\/(?:problem\+)?json$/.test(type);

// Names that begin with an underscore are the API's own, except for keys.
const segments: Readonly<Record<string, string>> = {
  database: "[^_/][^/]*",
  collection: "[^_/][^/]*",
};

const patternOf = (template: string): RegExp =>
  new RegExp(`^${template.replace(/\{(\w+)\}/g, (_, name: string) => segments[name] ?? "[^/]+")}$`);
