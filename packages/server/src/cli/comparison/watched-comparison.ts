import { AbortError } from "@boxerdb/engine";

import { systemClock } from "../clock.ts";
import { CommandError } from "../command-error.ts";
import { connect, type ServerInput } from "../connection-options.ts";
import { Progress, type Tell } from "../progress.ts";
import type { Terminal } from "../terminal.ts";
import { formatCountOf, formatRate } from "../units.ts";

import type { Compared } from "./comparison-report.ts";
import { compare } from "./comparison.ts";
import type { ContentSide } from "./content-side.ts";
import { DirectorySide } from "./directory-side.ts";
import { ServerSide } from "./server-side.ts";

/** What to compare with what. */
export interface ComparisonWish {
  /** A data directory, or the URL of a server. */
  readonly target: string;
  /** The URL of a server. */
  readonly against: string;
  /** Only this database. Default: all. */
  readonly database?: string | undefined;
  /** How to talk to both servers. */
  readonly server: ServerInput;
}

/** Compares two sides, shows how far it is, and calls it off upon Ctrl-C. */
export async function watchedComparison(
  { target, against, database, server }: ComparisonWish,
  terminal: Terminal,
): Promise<Compared> {
  const { environment } = terminal;
  const serverSide = (url: string): ServerSide =>
    new ServerSide(connect({ ...server, url }, environment));
  await using right = serverSide(against);
  await using left: ContentSide = isUrl(target)
    ? serverSide(target)
    : await DirectorySide.open(target);
  using interruption = terminal.watchInterruption();
  using progress = new Progress(terminal.stderr, 0, systemClock);
  try {
    const comparison = await compare(left, right, {
      database,
      nowMs: Date.now(),
      signal: interruption.signal,
      onProgress: (keys, totalKeys) => {
        progress.expect(totalKeys);
        progress.update(keys, keysDone(keys));
      },
    });
    if (comparison === undefined) {
      const message = `there is no database ${database} on ${left.name}, nor on ${right.name}`;
      throw new CommandError("notFound", message);
    }
    const { elapsedMs } = progress;
    return { left: left.name, right: right.name, comparison, elapsedMs };
  } catch (error) {
    if (!(error instanceof AbortError)) throw error;
    const message = "stopped as asked: not all was compared";
    throw new CommandError("interrupted", message, { cause: error });
  }
}

/** Whether a target names a server. */
export const isUrl = (target: string): boolean => /^https?:\/\//.test(target);

/** "12,000 keys, 350,000/s". */
const keysDone =
  (keys: number): Tell =>
  (elapsedMs) =>
    `${formatCountOf(keys, "key")}, ${formatRate(keys, elapsedMs)}`;
