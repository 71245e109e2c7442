import { z } from "zod";

const limits = z.object({
  userLimits: z.object({ open_files: z.object({ soft: z.number().nullable().catch(null) }) }),
});

/** How many files and connections this process may have open; undefined where nothing bounds it. */
export function openFilesLimit(): number | undefined {
  const told = limits.safeParse(process.report.getReport());
  return told.success ? (told.data.userLimits.open_files.soft ?? undefined) : undefined;
}

/** How many connections each port may have. */
export interface ConnectionShares {
  readonly clients: number;
  readonly peers: number;
}

/** What Node.js and an idle store have open, with some to spare. */
const ownFiles = 64;

/** More than a cluster of many databases needs. */
const mostPeers = 2_000;

/**
 * Divides what a process may have open: an eighth and more is left to the store, whose writes would fail where
 * clients had taken all of it, and a database takes no more writes once one has failed.
 *
 * @param maxConnections as many as clients are to have at most
 * @param limit as many files as may be open; undefined where nothing bounds it
 */
export function connectionShares(
  maxConnections: number,
  limit: number | undefined,
): ConnectionShares {
  if (limit === undefined) return { clients: maxConnections, peers: mostPeers };
  const shared = limit - ownFiles;
  return {
    clients: Math.max(1, Math.min(maxConnections, Math.floor((shared * 3) / 4))),
    peers: Math.max(1, Math.min(mostPeers, Math.floor(shared / 8))),
  };
}
