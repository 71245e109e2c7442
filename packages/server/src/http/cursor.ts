import { z } from "zod";

import { ProblemError } from "./problem.ts";

/** Where a page of a listing ended. */
export interface Cursor {
  /** The last key of the page. */
  readonly after: string;
  readonly reverse: boolean;
}

/** The persisted form: clients keep cursors, so that an old one must be read, or refused by `v`. */
const version = 1;
const cursorSchema = z.strictObject({
  v: z.literal(version),
  after: z.string().min(1),
  reverse: z.boolean(),
});

/** Makes the opaque text that is handed out. */
export const encodeCursor = ({ after, reverse }: Cursor): string =>
  Buffer.from(JSON.stringify({ v: version, after, reverse })).toString("base64url");

/**
 * Reads a cursor that was handed out for a listing in the same direction.
 *
 * @throws ProblemError (invalid_cursor) on anything else.
 */
export function decodeCursor(text: string, reverse: boolean): Cursor {
  const parsed = cursorSchema.safeParse(parseCursor(text));
  if (!parsed.success) throw invalidCursor("it was not made by this API: list from the start");
  if (parsed.data.reverse !== reverse) {
    throw invalidCursor("it belongs to a listing in the other direction: repeat its parameters");
  }
  return { after: parsed.data.after, reverse };
}

function parseCursor(text: string): unknown {
  if (!/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  try {
    return JSON.parse(
      new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "base64url")),
    );
  } catch {
    return undefined;
  }
}

const invalidCursor = (reason: string): ProblemError =>
  new ProblemError({
    code: "invalid_cursor",
    message: `the cursor cannot be used: ${reason}`,
    members: { parameter: "cursor" },
  });
