/** An entity tag of RFC 9110: `"41"`, or weak, `W/"41"`. */
export interface EntityTag {
  readonly weak: boolean;
  /** What stands between the quotes. */
  readonly opaque: string;
}

/** What `If-Match` or `If-None-Match` lists; `*` stands for any. */
export type EntityTags = "*" | readonly EntityTag[];

// Another element of a list: empty ones are allowed (RFC 9110, 5.6.1.2).
const elementPattern = /[ \t]*(?:(W\/)?"([\x21\x23-\x7e\x80-\xff]*)")?[ \t]*(?:,|$)/y;

/** Reads the value of such a header; undefined where it is malformed or lists nothing. */
export function parseEntityTags(value: string): EntityTags | undefined {
  if (value.trim() === "*") return "*";
  const tags: EntityTag[] = [];
  elementPattern.lastIndex = 0;
  while (elementPattern.lastIndex < value.length) {
    const element = elementPattern.exec(value);
    if (element === null) return undefined;
    const [, weak, opaque] = element;
    if (opaque !== undefined) tags.push({ weak: weak !== undefined, opaque });
  }
  return tags.length === 0 ? undefined : tags;
}

/** The tag of what was written at an offset. */
export const entityTag = (offset: number): string => `"${offset}"`;
