import { requestHeaders } from "./headers.ts";
import type { JsonSchema } from "./json-schemas.ts";

interface PathParameter {
  readonly description: string;
  readonly schema: JsonSchema;
  readonly example: string;
}

const name = { type: "string", pattern: "^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$" } as const;

/** The variable segments of paths. */
const pathParameters = {
  key: {
    description:
      "The key, 1 to 1,024 bytes of UTF-8, percent-encoded as one segment of the path: `/` is `%2F`.",
    schema: { type: "string", minLength: 1, maxLength: 1024 },
    example: "user/1",
  },
  database: {
    description:
      "The database: 1 to 128 characters out of `A-Z a-z 0-9 . _ -`, the first a letter or digit.",
    schema: name,
    example: "shop",
  },
  collection: {
    description:
      "The collection: 1 to 128 characters out of `A-Z a-z 0-9 . _ -`, the first a letter or digit.",
    schema: name,
    example: "stock",
  },
  asset: {
    description: "A file of the page.",
    schema: { type: "string" },
    example: "swagger-ui.css",
  },
} as const satisfies Record<string, PathParameter>;

const listed = (place: "path" | "header", required: boolean, texts: Record<string, object>) =>
  Object.entries(texts).map(([name, text]) => [name, { name, in: place, required, ...text }]);

/** Parameters that operations refer to, by name. */
export const parameters = Object.fromEntries([
  ...listed("path", true, pathParameters),
  ...listed("header", false, requestHeaders),
]);
