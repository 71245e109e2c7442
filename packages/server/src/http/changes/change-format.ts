import type { DeleteChange, PutChange } from "@boxerdb/engine";

import type { Answer } from "../exchange/answer.ts";
import { eventsType, linesType } from "../media-type.ts";
import { problemText, type Problem } from "../problem.ts";
import { valueMembers } from "../value-members.ts";

/** How changes are written down. */
export interface ChangeFormat {
  readonly contentType: string;
  /** What a feed that lasts begins with, before the first change; `next` is where it begins. */
  readonly opening: (next: number) => string;
  readonly change: (change: PutChange | DeleteChange) => string;
  /** That the feed is alive, and that all changes below `next` were shown or passed over. */
  readonly progress: (next: number) => string;
  /** Why the feed ends. */
  readonly problem: (problem: Problem) => string;
}

/**
 * One JSON object a line: `{offset, op, collection, key, value | base64, expires?, timestamp,
 * batchEnd?}`. Times are milliseconds since 1970. Changes with the same `batchEnd`, and the one at
 * that offset, were written as one batch. In a feed that lasts there also are lines `{"next": n}`,
 * and one `{"problem": …}` where it fails.
 */
export const lineFormat: ChangeFormat = {
  contentType: linesType,
  opening: (next) => progressLine(next),
  change: (change) => `${changeText(change)}\n`,
  progress: (next) => progressLine(next),
  problem: (problem) => `{"problem":${problemText(problem)}}\n`,
};

/** How long a client waits before it connects again, in milliseconds. */
const retryMs = 1000;
const retry = `retry: ${retryMs}\n`;

/**
 * Server-Sent Events `put` and `delete`, with the offset as their id, the same JSON as their data. An
 * id without data, which clients keep and show to nobody, tells of progress. `problem` is the last.
 */
export const eventFormat: ChangeFormat = {
  contentType: eventsType,
  opening: (next) => `${retry}${passed(next)}\n`,
  change: (change) =>
    `id: ${change.offset}\nevent: ${change.type}\ndata: ${changeText(change)}\n\n`,
  // The comment is for what is between us, and waits for bytes.
  progress: (next) => `:\n${passed(next)}\n`,
  problem: (problem) => `event: problem\ndata: ${problemText(problem)}\n\n`,
};

/**
 * What a client of events is told while the node is starting. It gives up for good on a status other
 * than 200, and connects again when a stream has ended.
 */
export const eventsLater: Answer = {
  status: 200,
  headers: { "content-type": eventFormat.contentType, "cache-control": "no-store" },
  body: `${retry}\n`,
};

const progressLine = (next: number): string => `{"next":${next}}\n`;

/** That the event before `next` was seen: whoever connects again goes on at `next`. */
const passed = (next: number): string => (next === 0 ? "" : `id: ${next - 1}\n`);

function changeText(change: PutChange | DeleteChange): string {
  const { type, offset, collection, key, timestamp, batchRemaining } = change;
  const expires = change.type === "put" ? change.expires : null;
  return JSON.stringify({
    offset,
    op: type,
    collection,
    key,
    ...(change.type === "put" ? valueMembers(change.value) : {}),
    ...(expires === null ? {} : { expires }),
    timestamp,
    ...(batchRemaining === 0 ? {} : { batchEnd: offset + batchRemaining }),
  });
}
