type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/**
 * The document with schemas that allow no field that is not described. It promises none of that, for a
 * client must bear new fields; but the server must describe those that it sends.
 */
export function closedSchemas(document: Json): Json {
  const parts = new Set(
    [
      ...JSON.stringify(document).matchAll(/"allOf":\[\{"\$ref":"#\/components\/schemas\/(\w+)"/g),
    ].map(([, name = ""]) => name),
  );
  return close(document, parts, false);
}

/** @param isPart whether the schema is put together with others, and closed with them as a whole */
function close(node: Json, parts: ReadonlySet<string>, isPart: boolean): Json {
  if (node === null || typeof node !== "object") return node;
  if (isList(node)) return node.map((item) => close(item, parts, isPart));
  const closed = Object.entries(node).map(([name, value]): [string, Json] => [
    name,
    close(value, parts, name === "allOf" || parts.has(name)),
  ]);
  const { type, properties, additionalProperties, allOf } = node;
  const isOpen =
    type === "object" && properties !== undefined && additionalProperties === undefined;
  const closing = (isOpen && !isPart) || allOf !== undefined;
  return { ...Object.fromEntries(closed), ...(closing ? { unevaluatedProperties: false } : {}) };
}

const isList = (node: Json): node is readonly Json[] => Array.isArray(node);
