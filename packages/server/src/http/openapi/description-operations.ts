import { z } from "zod";

import { json, type Operations } from "./operation.ts";
import { describeObject } from "./schema-text.ts";

const index = describeObject(
  z.object({
    name: z.literal("BoxerDB"),
    version: z.string(),
    api: z.string(),
    docs: z.string(),
    openapi: z.string(),
    status: z.string(),
  }),
  { id: "Index", description: "What is where, as paths." },
  {
    name: "Always the same.",
    version: "Of BoxerDB.",
    api: "The short way to keys: `/api/v1/<key>`.",
    docs: "This API as a page, on which it can be tried.",
    openapi: "This API as an OpenAPI document.",
    status: "What the node is and does.",
  },
);

/** How the API tells of itself. */
export const descriptionOperations: Operations = {
  "/": {
    GET: {
      operationId: "getIndex",
      tag: "This document",
      scope: "open",
      summary: "What is where",
      description: "A browser is sent to `/docs`.",
      answers: {
        200: { description: "The places to go to.", content: json(index) },
        303: { description: "To the page, for whoever prefers HTML.", headers: ["Location"] },
      },
      problems: [],
    },
  },
  "/openapi.json": {
    GET: {
      operationId: "getOpenApi",
      tag: "This document",
      scope: "open",
      summary: "This document",
      description: "Made of the schemas that validate, of the version that runs.",
      headers: ["If-None-Match"],
      answers: {
        200: {
          description: "OpenAPI 3.1.",
          headers: ["ETag"],
          content: json(z.looseObject({ openapi: z.string() })),
        },
        304: { description: "You have it already.", headers: ["ETag"] },
      },
      problems: [],
    },
  },
  "/docs": {
    GET: {
      operationId: "getDocs",
      tag: "This document",
      scope: "open",
      summary: "This document as a page, to read and to try",
      headers: ["If-None-Match"],
      answers: {
        200: { description: "The page.", headers: ["ETag"], content: { "text/html": {} } },
        304: { description: "You have it already.", headers: ["ETag"] },
      },
      problems: [],
    },
  },
  "/docs/{asset}": {
    GET: {
      operationId: "getDocsAsset",
      tag: "This document",
      scope: "open",
      summary: "A file of that page",
      headers: ["If-None-Match"],
      answers: {
        200: {
          description: "The file.",
          headers: ["ETag"],
          content: { "text/css": {}, "text/javascript": {}, "image/svg+xml": {} },
        },
        304: { description: "You have it already.", headers: ["ETag"] },
      },
      problems: ["no_such_route"],
    },
  },
};
