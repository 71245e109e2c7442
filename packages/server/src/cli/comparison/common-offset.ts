/**
 * Has both sides read a database as of one offset, although it is written to meanwhile.
 *
 * No node can go back to an offset that it has passed, but each can stop at one that is to come. So both
 * are asked for an offset that neither has passed: the newest of the two, for which the one that is behind
 * waits. Where that was passed before it could be asked for, as there are writers, one further ahead is
 * asked for, as many records as have come meanwhile and twice as many each time; where it is not reached,
 * as the writers have stopped, the newest again.
 */
import { CommandError } from "../command-error.ts";

import type { Content, ContentQuestion, ContentSide, Opened, Position } from "./content-side.ts";

/** Both sides of a database. */
export interface BothContents extends AsyncDisposable {
  readonly left: Content;
  readonly right: Content;
}

/** More than once around: writers that stop and go on, a node that catches up. */
const attemptsAtMost = 20;

/** How often in a row a side may not have moved at all before it is given up. */
const standstillsAtMost = 2;

/**
 * Opens both as of one offset; or, where one is a directory that the other has passed, each as it is.
 * Throws CommandError where they do not come together.
 */
export async function openAtOneOffset(
  left: ContentSide,
  right: ContentSide,
  question: Omit<ContentQuestion, "offset">,
  of: "ranges" | "keys",
  signal: AbortSignal,
): Promise<BothContents> {
  const { database } = question;
  const fixed = [left, right].find(({ isFixed }) => isFixed);
  let lead = 0;
  let standstills = 0;
  let before = [-1, -1];
  for (let attempt = 0; attempt < attemptsAtMost; attempt++) {
    const positions = await Promise.all([offsetOf(left, database), offsetOf(right, database)]);
    const newest = Math.max(...positions);
    const grown = before.includes(-1) ? 0 : newest - Math.max(...before);
    const isStill = positions.every((offset, index) => offset === before[index]);
    standstills = isStill ? standstills + 1 : 0;
    before = positions;
    if (standstills > standstillsAtMost) break;
    if (lead > 0) lead = Math.max(lead, grown);
    const wanted = fixed === undefined ? newest + lead : await offsetOf(fixed, database);
    const ask = { ...question, offset: wanted < 0 ? undefined : wanted };
    const [a, b] = await openBoth(left, right, ask, of, signal);
    if ("content" in a && "content" in b) return both(a.content, b.content);
    await Promise.all([close(a), close(b)]);
    const isPassed = [a, b].some((opened) => "refused" in opened && opened.refused === "passed");
    if (isPassed && fixed !== undefined) return openAsTheyAre(left, right, question, of, signal);
    lead = isPassed ? Math.max(16, 2 * lead) : 0;
  }
  throw apart(left, right, database, before);
}

async function openAsTheyAre(
  left: ContentSide,
  right: ContentSide,
  question: Omit<ContentQuestion, "offset">,
  of: "ranges" | "keys",
  signal: AbortSignal,
): Promise<BothContents> {
  const ask = { ...question, offset: undefined };
  const [a, b] = await openBoth(left, right, ask, of, signal);
  if ("content" in a && "content" in b) return both(a.content, b.content);
  throw new Error("assertion failed: who is asked for no offset refuses none");
}

/** Where one of them fails, the other one is closed. */
async function openBoth(
  left: ContentSide,
  right: ContentSide,
  question: ContentQuestion,
  of: "ranges" | "keys",
  signal: AbortSignal,
): Promise<readonly [Opened, Opened]> {
  const opening = [left.open(question, of, signal), right.open(question, of, signal)] as const;
  try {
    return await Promise.all(opening);
  } catch (error) {
    const settled = await Promise.allSettled(opening);
    const opened = settled.filter((one) => one.status === "fulfilled");
    await Promise.all(opened.map(({ value }) => close(value)));
    throw error;
  }
}

const close = async (opened: Opened): Promise<void> => {
  if ("content" in opened) await opened.content[Symbol.asyncDispose]();
};

const both = (left: Content, right: Content): BothContents => ({
  left,
  right,
  [Symbol.asyncDispose]: async () => {
    await Promise.all([left[Symbol.asyncDispose](), right[Symbol.asyncDispose]()]);
  },
});

const offsetOf = async (side: ContentSide, database: string): Promise<number> =>
  ((await side.positions()).get(database) ?? none).offset;

const none: Position = { offset: -1, keys: 0 };

function apart(
  left: ContentSide,
  right: ContentSide,
  database: string,
  [leftOffset, rightOffset]: readonly number[],
): CommandError {
  return new CommandError(
    "unavailable",
    `database ${database} cannot be compared: ${left.name} is at offset ${leftOffset}, ${right.name} at ` +
      `${rightOffset}, and they do not come to one offset. Wait until both keep up (boxerdb status)`,
  );
}
