import { retrying, type RetryPolicy } from "../retry.ts";

import type { ToldChange } from "./answers.ts";
import type { Client } from "./client.ts";
import type { ChangesQuery } from "./wishes.ts";

/** How long one request waits for changes: less than what is between us takes for a dead connection. */
const waitSeconds = 20;

/**
 * Follows the changes of a database for ever: those of each answer, also where there are none. The first
 * request is not repeated when it fails, as it may never succeed; the others are, and go on where the one
 * before ended, so that no change is lost or comes twice.
 */
export async function* followChanges(
  client: Client,
  database: string,
  query: Omit<ChangesQuery, "wait">,
  retry: RetryPolicy,
): AsyncGenerator<readonly ToldChange[], never> {
  let page = await client.changes(database, { ...query, wait: 0 });
  for (;;) {
    yield page.changes;
    const following = { ...query, from: page.next, wait: waitSeconds };
    page = await retrying(retry, () => client.changes(database, following));
  }
}
