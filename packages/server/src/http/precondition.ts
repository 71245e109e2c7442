import { ConflictError, logOffset, type LogOffset, type WriteOptions } from "@boxerdb/engine";

import { parseEntityTags, type EntityTags } from "./entity-tag.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { ProblemError } from "./problem.ts";

/** What `If-Match` and `If-None-Match` ask of the newest write of a key (RFC 9110, 13.1). */
export interface Precondition {
  readonly ifMatch: EntityTags | undefined;
  readonly ifNoneMatch: EntityTags | undefined;
}

/**
 * Reads both headers; undefined where neither is there.
 *
 * @throws ProblemError (invalid_header) where one is malformed.
 */
export function preconditionOf(exchange: Pick<Exchange, "header">): Precondition | undefined {
  const ifMatch = exchange.header("if-match");
  const ifNoneMatch = exchange.header("if-none-match");
  if (ifMatch === undefined && ifNoneMatch === undefined) return undefined;
  return {
    ifMatch: tagsOf("If-Match", ifMatch),
    ifNoneMatch: tagsOf("If-None-Match", ifNoneMatch),
  };
}

/**
 * Refuses conditions where none are looked at: to ignore one would be to do what was not asked for.
 *
 * @throws ProblemError (invalid_header)
 */
export function refusePreconditions(exchange: Exchange): void {
  const header = ["if-match", "if-none-match"].find((name) => exchange.header(name) !== undefined);
  if (header === undefined) return;
  throw new ProblemError({
    code: "invalid_header",
    message: `${header} means nothing here: it works on single keys, and a batch has "checks"`,
    members: { header },
  });
}

function tagsOf(header: string, value: string | undefined): EntityTags | undefined {
  if (value === undefined) return undefined;
  const tags = parseEntityTags(value);
  if (tags !== undefined) return tags;
  throw new ProblemError({
    code: "invalid_header",
    message: `${header}: ${value} is malformed: give * or offsets in double quotes, as in "41"`,
    members: { header },
  });
}

/** Whether `If-Match` holds of a key whose newest write is at `offset`; null is absent. */
export function matches({ ifMatch }: Precondition, offset: number | null): boolean {
  if (ifMatch === undefined) return true;
  if (offset === null) return false;
  return ifMatch === "*" || ifMatch.some((tag) => !tag.weak && tag.opaque === String(offset));
}

/** Whether `If-None-Match` holds, likewise. */
export function differs({ ifNoneMatch }: Precondition, offset: number | null): boolean {
  if (ifNoneMatch === undefined || offset === null) return true;
  return ifNoneMatch !== "*" && !ifNoneMatch.some((tag) => tag.opaque === String(offset));
}

const holds = (condition: Precondition, offset: number | null): boolean =>
  matches(condition, offset) && differs(condition, offset);

/**
 * Writes if the condition holds, or in any case where there is none. The engine judges one offset
 * against the newest append, writes in flight included; a condition that more than one offset fits is
 * tried with the one that is there, and again with the one that came between. Each further try means
 * that somebody else's write was done.
 *
 * @param current the newest offset that is visible, where to begin; null is absent
 * @param write writes where the newest offset is `ifOffset`, else throws ConflictError
 * @throws ConflictError or ProblemError (precondition_failed) where the condition does not hold.
 */
export function writeIf<Result>(
  condition: Precondition | undefined,
  current: () => LogOffset | null,
  write: (options: Pick<WriteOptions, "ifOffset">) => Promise<Result>,
): Promise<Result> {
  return condition === undefined ? write({}) : writeWhile(condition, current, write);
}

async function writeWhile<Result>(
  condition: Precondition,
  current: () => LogOffset | null,
  write: (options: Pick<WriteOptions, "ifOffset">) => Promise<Result>,
): Promise<Result> {
  const only = onlyOffset(condition);
  let expected = only === undefined ? current() : only;
  for (;;) {
    if (!holds(condition, expected)) throw preconditionFailed(current());
    try {
      return await write({ ifOffset: expected });
    } catch (error) {
      if (!(error instanceof ConflictError)) throw error;
      const { actualOffset } = error;
      if (actualOffset === expected || !holds(condition, actualOffset)) throw error;
      expected = actualOffset === null ? null : logOffset(actualOffset);
    }
  }
}

/** The only state in which the condition can hold; undefined where there are more. */
function onlyOffset({ ifMatch, ifNoneMatch }: Precondition): LogOffset | null | undefined {
  if (ifMatch === undefined) return ifNoneMatch === "*" ? null : undefined;
  const [tag, ...more] = ifMatch === "*" ? [] : ifMatch;
  if (tag === undefined || tag.weak || more.length > 0) return undefined;
  return /^(0|[1-9]\d{0,14})$/.test(tag.opaque) ? logOffset(Number(tag.opaque)) : undefined;
}

/** What is answered where a condition does not hold of the offset that is there. */
export function preconditionFailed(actual: number | null): ProblemError {
  const found = actual === null ? "there is no such key" : `the key is at offset ${actual}`;
  return new ProblemError({
    code: "precondition_failed",
    message: `the condition does not hold: ${found}. Read it again and decide anew`,
    members: { actual },
  });
}
