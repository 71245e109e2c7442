import { resolve } from "node:path";

import { backUpDirectory, type BackedUpDatabase, type WorkOptions } from "@boxerdb/engine";
import { Option } from "commander";
import { z } from "zod";

import { receiveBackup } from "../backup/received-backup.ts";
import type { Client } from "../client/client.ts";
import { connect, connectionInput, declareConnection } from "../connection-options.ts";
import { databaseOffsets } from "../database-offsets.ts";
import { formatDuration } from "../units.ts";
import type { Verb } from "../verb.ts";
import { watchedWork } from "../watched-work.ts";

const input = z.object({
  target: z.string(),
  dataDir: z.string().optional(),
  ...connectionInput,
});

/** `boxerdb backup <target>`: a backup of a server, or of a data directory. */
export const backupVerb: Verb<z.infer<typeof input>> = {
  name: "backup",
  summary: "back up a server, or a data directory",
  description:
    "Makes a backup in a directory, which must be absent or empty: of a server while it is used, or of\n" +
    "a data directory that no server has. It holds each database as it was at one offset, and was\n" +
    "read back when this ends. What is interrupted leaves nothing that passes for a backup.\n" +
    "A server needs no space for it but for what changes meanwhile. `restore` makes a data directory\n" +
    "of it; `verify` and `inspect` read it as it is.",
  examples: [
    { does: "the server on this machine", line: "boxerdb backup ./backup-monday" },
    { does: "another one", line: "boxerdb backup ./copy --url http://127.0.0.1:8082" },
    {
      does: "a directory, while no server runs on it",
      line: "boxerdb backup ./copy --data-dir ./data",
    },
    {
      does: "without this program, as a file",
      line: "curl -fo backup.tar http://127.0.0.1:8080/api/v2/_backup",
    },
  ],
  exitCodes: ["unavailable", "storage", "damaged", "interrupted"],
  input,
  declare: (command) =>
    declareConnection(
      command
        .argument("<target>", "the directory of the backup")
        .addOption(
          new Option("--data-dir <directory>", "back up this directory, not a server").conflicts(
            "server",
          ),
        ),
    ),
  async run({ target, dataDir, server, json }, terminal) {
    const directory = resolve(target);
    const { result, elapsedMs } = await watchedWork(
      terminal,
      `nothing was kept in ${target}`,
      async (options) =>
        dataDir === undefined
          ? await fromServer(connect(server, terminal.environment), directory, options)
          : await backUpDirectory(resolve(dataDir), directory, options),
    );
    const { time, storeId, databases } = result;
    await terminal.stdout.line(
      json
        ? JSON.stringify({
            directory,
            time,
            storeId,
            databases,
            durationMs: Math.round(elapsedMs),
          })
        : `backed up ${databaseOffsets(databases)} in ${formatDuration(elapsedMs)}, and read it back\n` +
            `\`boxerdb restore ${target} <directory>\` makes a data directory of it`,
    );
    return undefined;
  },
};

/** What is told of a backup. */
interface MadeBackup {
  readonly time: number;
  readonly storeId: string;
  readonly databases: readonly BackedUpDatabase[];
}

const fromServer = async (
  connected: Client,
  directory: string,
  options: Required<WorkOptions>,
): Promise<MadeBackup> => {
  await using client = connected;
  return await receiveBackup(() => client.backup(options.signal), directory, options);
};
