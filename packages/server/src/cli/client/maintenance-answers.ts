/** What a server tells of verification and compaction, as schemas. Fields that are not named stay. */

import { z } from "zod";

import type { LongWorkAnswer } from "./long-work.ts";

const whole = z.number().nonnegative();

const damage = z.looseObject({
  path: z.string(),
  position: whole,
  bytes: whole,
  reason: z.string(),
  isTornTail: z.boolean(),
});

const verifiedDatabase = z.looseObject({
  name: z.string(),
  files: whole,
  records: whole,
  bytes: whole,
  endOffset: whole,
  damage: z.array(damage),
  index: z.looseObject({
    keys: whole,
    confirmed: whole,
    problemCount: whole,
    problems: z.array(z.object({ collection: z.string(), key: z.string(), reason: z.string() })),
  }),
  wrongCounts: z.array(z.looseObject({ path: z.string() })),
});

/** What `POST …/_verify` tells. */
export const verifyAnswer = {
  progress: z.object({ readBytes: whole, totalBytes: whole }),
  result: z.looseObject({ ok: z.boolean(), databases: z.array(verifiedDatabase) }),
} satisfies LongWorkAnswer<unknown, unknown>;

/** What was found in the databases of a running server. */
export type LiveVerification = z.infer<(typeof verifyAnswer)["result"]>;

const compactedDatabase = z.object({
  name: z.string(),
  bytesBefore: whole,
  bytesAfter: whole,
  runs: whole,
});

/** What `POST …/_compact` tells. */
export const compactAnswer = {
  progress: z.object({
    database: z.string().optional(),
    totalBytes: whole.optional(),
    readBytes: whole.optional(),
  }),
  result: z.object({ databases: z.array(compactedDatabase) }),
} satisfies LongWorkAnswer<unknown, unknown>;

/** How far a compaction is; nothing is told between two runs of it. */
export type CompactProgress = z.infer<(typeof compactAnswer)["progress"]>;

/** What was compacted, a database each. */
export type CompactResult = z.infer<(typeof compactAnswer)["result"]>;
