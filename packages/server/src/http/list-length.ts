import { ProblemError } from "./problem.ts";

/**
 * Judges how long a list in a body is before what is in it: of millions of things that are wrong, the
 * complaints alone would fill the memory.
 *
 * @param unit the name of the list, which is what it holds
 * @throws ProblemError (too_large) where it is longer than `limit`.
 */
export function refuseLongList(body: unknown, unit: string, limit: number): void {
  if (typeof body !== "object" || body === null || !Object.hasOwn(body, unit)) return;
  const list: unknown = Reflect.get(body, unit);
  if (!Array.isArray(list) || list.length <= limit) return;
  throw new ProblemError({
    code: "too_large",
    message: `at most ${limit} ${unit} are taken at a time, and these are ${list.length}: send several requests`,
    members: { limit, unit },
  });
}
