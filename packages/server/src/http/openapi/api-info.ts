import packageJson from "../../../package.json" with { type: "json" };

import type { ApiInfo } from "./document.ts";

/** What is told of the API as a whole, before its parts. */
export const apiInfo: ApiInfo = {
  title: "BoxerDB",
  version: packageJson.version,
  description: `A replicated key-value store for JSON documents, in which the log is the database.

**Offsets.** Every write gets the next number in the log of its database, its offset. It is answered by
the write, is the \`ETag\` of the key, and is what conditions (\`If-Match\`) and batches refer to.

**Durable.** A write is answered when it is on disk, on as many nodes as the server was told to want. What
is answered with a problem has changed nothing, or says that it may have (\`504 outcome_unknown\`).

**Leader and followers.** Any node answers reads; writes go to the leader. A follower refuses them with
\`403 not_leader\`, which names the leader. \`BoxerDB-Lag\` tells how far a follower is behind.

**Errors** are \`application/problem+json\` (RFC 9457) with a stable \`code\`.

**Everywhere.** \`HEAD\` works where \`GET\` does, without the body. \`OPTIONS\` tells the methods in
\`Allow\`. Any other method is answered 405 \`method_not_allowed\`, another path 404 \`no_such_route\`, and a
query parameter that is not listed 400. \`X-Request-Id\` names a request in the log of the server; what you
send in it is kept.`,
};
