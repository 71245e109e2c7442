import type { IncomingMessage } from "node:http";

import { eventsLater } from "./changes/change-format.ts";
import { prefersEvents } from "./changes/changes-query.ts";
import { jsonAnswer } from "./data-answer.ts";
import type { Answer } from "./exchange/answer.ts";
import { problemAnswer } from "./problem.ts";

/** The answer of a node that is opening its data: the process is alive, and not ready. */
export function startingAnswer({ url, headers }: Pick<IncomingMessage, "url" | "headers">): Answer {
  if (url === "/livez") return jsonAnswer({ status: "ok" });
  if (prefersEvents(headers.accept)) return eventsLater;
  return problemAnswer({
    code: "starting",
    message: "the node is opening its data: try again soon",
    headers: { "retry-after": "1" },
  });
}
