import { z } from "zod";

import { schemaTexts } from "./schema-text.ts";

/** JSON Schema, draft 2020-12, which is what OpenAPI 3.1 uses. */
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** Which side of a schema is meant: what is sent to it, or what it makes of that. */
export type Side = "input" | "output";

/** Makes JSON schemas of the schemas that validate, and gathers those that have a name. */
export class JsonSchemas {
  readonly #named = new Map<string, JsonSchema>();
  readonly #made = {
    input: new Map<z.ZodType, JsonSchema>(),
    output: new Map<z.ZodType, JsonSchema>(),
  };

  /** Those that have a name, by it, in order. */
  get named(): Readonly<Record<string, JsonSchema>> {
    return inOrder(this.#named);
  }

  /** The JSON schema of a schema; of one that has a name, a reference to it. */
  of(schema: z.ZodType, side: Side): JsonSchema {
    const made = this.#made[side].get(schema) ?? this.#make(schema, side);
    this.#made[side].set(schema, made);
    return made;
  }

  #make(schema: z.ZodType, side: Side): JsonSchema {
    const { $defs = {}, $schema: _, ...rest } = convert(schema, side);
    for (const [id, definition] of Object.entries($defs)) this.#name(id, inDocument(definition));
    return inDocument(rest);
  }

  #name(id: string, schema: JsonSchema): void {
    const before = this.#named.get(id);
    if (before !== undefined && JSON.stringify(before) !== JSON.stringify(schema)) {
      throw new Error(`assertion failed: two schemas are called ${id}`);
    }
    this.#named.set(id, schema);
  }
}

const convert = (schema: z.ZodType, side: Side): JsonSchema =>
  z.toJSONSchema(schema, {
    target: "draft-2020-12",
    io: side,
    metadata: schemaTexts,
    // What zod cannot tell of a schema of our own, a text does.
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      delete jsonSchema["fields"];
      // Of any whole number, that it is one is enough.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      const { properties } = jsonSchema;
      for (const [name, text] of Object.entries(schemaTexts.get(zodSchema)?.fields ?? {})) {
        const field = properties?.[name];
        if (properties === undefined || typeof field !== "object") continue;
        // Not in place: two fields may have the same schema, and their own texts.
        properties[name] = {
          ...field,
          ...(typeof text === "string" ? { description: text } : text),
        };
      }
    },
  });

/** References to definitions as references to components. */
const inDocument = (schema: JsonSchema): JsonSchema =>
  JSON.parse(JSON.stringify(schema), (name, value: unknown) =>
    name === "$ref" && typeof value === "string"
      ? value.replace(/^#\/\$defs\//, "#/components/schemas/")
      : value,
  );

/** What is in a map as an object, by name. */
export const inOrder = <Value>(map: ReadonlyMap<string, Value>): Readonly<Record<string, Value>> =>
  Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
