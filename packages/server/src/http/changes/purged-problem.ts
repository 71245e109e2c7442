import { ProblemError } from "../problem.ts";

/**
 * Compaction has dropped deletions that a feed from `from` would have to show, or may have. Whoever
 * kept a copy by the feed would keep what is gone.
 */
export const offsetPurged = (from: number, purgeFloor: number): ProblemError =>
  new ProblemError({
    code: "offset_purged",
    message:
      `deletions from offset ${from} on are gone, as compaction has dropped them: drop what was ` +
      "built from this feed and read it from 0 in one answer, without a limit; or go on from " +
      `offset ${purgeFloor} where it does not matter what was deleted before`,
    members: { from, purgeFloor },
  });
