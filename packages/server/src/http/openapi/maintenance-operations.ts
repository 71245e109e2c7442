import { z } from "zod";

import { json, type Content, type Operation, type PathOperations } from "./operation.ts";
import { dataProblems } from "./problem-groups.ts";
import { describeObject } from "./schema-text.ts";
import { count } from "./shared-schemas.ts";

const verified = describeObject(
  z.object({ ok: z.boolean(), databases: z.array(z.looseObject({ name: z.string() })) }),
  { id: "Verified", description: "What was found." },
  { ok: "Whether nothing is damaged.", databases: "What was found in each database." },
);

const compacted = describeObject(
  z.object({
    databases: z.array(
      describeObject(
        z.object({ name: z.string(), bytesBefore: count, bytesAfter: count, runs: count }),
        { id: "CompactedDatabase", description: "What compaction came to." },
        {
          name: "The database.",
          bytesBefore: "The length of its files before.",
          bytesAfter: "The same after.",
          runs: "How many runs were worth it.",
        },
      ),
    ),
  }),
  { id: "Compacted", description: "What has been freed." },
  { databases: "Those that were looked at." },
);

/** In one piece, or by lines that tell the progress. */
const longWork = (schema: z.ZodType): Content => ({
  ...json(schema),
  "application/x-ndjson": {
    examples: { lines: { value: '{"progress":{}}\n{"result":{"databases":[]}}\n' } },
  },
});

const progress =
  ' It may take minutes: for `Accept: application/x-ndjson` a line `{"progress": …}` comes each second, and at last `{"result": …}` or `{"problem": …}`.';

const work = (
  told: Pick<Operation, "operationId" | "summary" | "description">,
  schema: z.ZodType,
): PathOperations => ({
  POST: {
    ...told,
    tag: "Maintenance",
    scope: "admin",
    description: `${told.description ?? ""}${progress}`,
    answers: { 200: { description: "What came of it.", content: longWork(schema) } },
    problems: [...dataProblems, "database_not_found", "unsupported_media_type"],
  },
});

/** Looking for damage. `all`: in all databases, or in one. */
export const verifyOperations = (all: boolean): PathOperations =>
  work(
    {
      operationId: all ? "verify" : "verifyDatabase",
      summary: all ? "Look for damage in all databases" : "Look for damage in a database",
      description: "Reads all that is committed, and compares the index with it.",
    },
    verified,
  );

/** Freeing space, likewise. */
export const compactOperations = (all: boolean): PathOperations =>
  work(
    {
      operationId: all ? "compact" : "compactDatabase",
      summary: all ? "Free space in all databases" : "Free space in a database",
      description:
        "Drops what was replaced, deleted or has expired, as far as it is worth it. The server does so by itself as well.",
    },
    compacted,
  );

/** A copy of everything. */
export const backupOperations: PathOperations = {
  GET: {
    operationId: "getBackup",
    tag: "Maintenance",
    scope: "admin",
    summary: "Get a backup of all databases",
    description:
      "Each as it is committed on this node, as a tar archive that `boxerdb restore` takes. It is read back before the first byte is sent.",
    answers: {
      200: { description: "The archive.", content: { "application/x-tar": {} } },
    },
    problems: [...dataProblems, "catching_up", "disk_full", "other_site"],
  },
};
