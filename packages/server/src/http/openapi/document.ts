import { answerHeaders } from "./headers.ts";
import { JsonSchemas } from "./json-schemas.ts";
import { OperationWriter, type OpenApiObject } from "./operation-writer.ts";
import type { Operations } from "./operation.ts";
import { parameters } from "./parameters.ts";
import { tags } from "./tags.ts";

/** An OpenAPI 3.1 document. */
export interface OpenApiDocument {
  readonly openapi: string;
  readonly info: OpenApiObject;
  readonly servers: readonly OpenApiObject[];
  readonly tags: readonly OpenApiObject[];
  readonly paths: Readonly<Record<string, OpenApiObject>>;
  readonly components: Readonly<Record<string, OpenApiObject>>;
}

/** What is told of the API as a whole. */
export interface ApiInfo {
  readonly title: string;
  readonly version: string;
  /** In CommonMark. */
  readonly description: string;
}

const bearerText =
  "A token, as `boxerdb token create` makes them, with the scope `read`, `write` or `admin`, each of which allows what those before it do; it may be good for some databases only. A server without tokens lets everybody in who reaches it.";

/** Makes the document of an API that is told of by its operations. */
export function openApiDocument(operations: Operations, info: ApiInfo): OpenApiDocument {
  const schemas = new JsonSchemas();
  const writer = new OperationWriter(schemas);
  const paths = Object.fromEntries(
    Object.entries(operations).map(([path, told]) => [path, writer.pathItem(path, told)]),
  );
  return {
    openapi: "3.1.1",
    info: { ...info, license: { name: "MIT", identifier: "MIT" } },
    // Relative to the document: whoever reads it reaches the API where it came from.
    servers: [{ url: "/", description: "This node" }],
    tags: Object.entries(tags).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: schemas.named,
      responses: writer.sharedResponses,
      parameters,
      headers: answerHeaders,
      securitySchemes: { bearer: { type: "http", scheme: "bearer", description: bearerText } },
    },
  };
}
