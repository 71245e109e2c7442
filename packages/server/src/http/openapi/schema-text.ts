import { z } from "zod";

/** What people are told about a schema, and what the document calls it. */
export interface SchemaText {
  /** Its name among the document's components. Without one it is written out where it is used. */
  readonly id?: string;
  readonly description?: string;
  readonly examples?: unknown[];
  /** What its fields are, of an object. */
  readonly fields?: Readonly<Record<string, FieldText>>;
}

/** What people are told about a field or a parameter: a description, or more than that. */
export type FieldText = string | { readonly description: string; readonly examples: unknown[] };

/**
 * What is told about the schemas that validate. It is kept beside the schemas, and not in them, so that
 * a handler's file holds what is checked and this folder what is taught, of the very same objects.
 */
export const schemaTexts = z.registry<SchemaText>();

/** Names a schema and says what it is. Returns the same schema. */
export function describeSchema<Schema extends z.ZodType>(schema: Schema, text: SchemaText): Schema {
  schemaTexts.add(schema, text);
  return schema;
}

/** The same of an object and all of its fields: the compiler asks for each. */
export function describeObject<
  Shape extends z.core.$ZodShape,
  Config extends z.core.$ZodObjectConfig,
>(
  schema: z.ZodObject<Shape, Config>,
  text: Omit<SchemaText, "fields">,
  fields: Readonly<Record<keyof Shape, FieldText>>,
): z.ZodObject<Shape, Config> {
  return describeSchema(schema, { ...text, fields });
}
