import type { ApiContext } from "../api-context.ts";
import { refuseOtherSites } from "../cors.ts";
import type { Handler } from "../exchange/answer.ts";
import { refuseQuery } from "../query.ts";
import type { Resource } from "../resources.ts";

import { SentBackup } from "./sent-backup.ts";
import { StagedBackup } from "./staged-backup.ts";
import { archiveBytes } from "./tar-archive.ts";

/**
 * `GET /api/v2/_backup`: all databases, each as it is committed on this node, as a tar archive of a
 * backup that `boxerdb restore` takes. It is made, and read back, before the first byte is sent.
 */
export function backupResource({ store, log, corsOrigins }: ApiContext): Resource {
  const send: Handler = async (exchange) => {
    const { method, target, closed } = exchange;
    refuseQuery(target.query);
    refuseOtherSites(exchange, corsOrigins);
    const type = { "content-type": "application/x-tar" };
    // What would be told of a backup is only known when it was made, which is too much to ask by HEAD.
    if (method === "HEAD") return { status: 200, headers: type, body: undefined };
    const staged = await StagedBackup.make(store, closed);
    const time = new Date(staged.report.time);
    const name = `boxerdb-${time.toISOString().replaceAll(/[:.]/g, "-")}.tar`;
    return {
      status: 200,
      headers: {
        ...type,
        "content-length": String(archiveBytes(staged.files, time)),
        "content-disposition": `attachment; filename="${name}"`,
        "cache-control": "no-store",
      },
      body: new SentBackup(staged, log),
    };
  };
  return { path: "/api/v2/_backup", handlers: { GET: send }, scope: "admin", isPatient: true };
}
