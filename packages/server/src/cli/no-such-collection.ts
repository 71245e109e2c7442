import type { Place } from "./client/wishes.ts";
import { CommandError } from "./command-error.ts";

/** What to say of a collection that is not there; `names` are those that are. */
export const noSuchCollection = (
  { database, collection }: Place,
  names: readonly string[],
): CommandError =>
  new CommandError(
    "notFound",
    `there is no collection ${collection} in database ${database}: it has ${names.join(", ") || "none"}`,
  );
