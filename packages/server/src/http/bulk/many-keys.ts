import { setImmediate as turn } from "node:timers/promises";

import type { Snapshot } from "@boxerdb/engine";
import { z } from "zod";

import { formatByteSize } from "../../config/byte-size.ts";
import type { ApiContext } from "../api-context.ts";
import { dataHeaders } from "../data-answer.ts";
import { existing } from "../databases.ts";
import type { Handler } from "../exchange/answer.ts";
import { readJsonBody } from "../json-body.ts";
import { databaseAddress } from "../key-address.ts";
import { refuseLongList } from "../list-length.ts";
import { refusePreconditions } from "../precondition.ts";
import { ProblemError } from "../problem.ts";
import { admitRead, readTermsOf } from "../read-terms.ts";
import type { Resource } from "../resources.ts";
import { valueMembers } from "../value-members.ts";

/** The most keys that one request may name. */
export const maxKeys = 10_000;

/** So many keys of 1 KiB, the longest there are, with what stands around them. */
export const maxKeysBodyBytes = 16 * 1024 * 1024;

/** After how much text others have their turn of the event loop, in UTF-16 code units. */
const turnLength = 256 * 1024;

const name = z.string({ error: "must be a text" });

/** What a request names. */
export const manyKeysBody = z.strictObject({
  keys: z
    .array(z.strictObject({ collection: name, key: name }), {
      error: "must be a list of keys, each as {collection, key}",
    })
    .max(maxKeys),
});
type Place = z.output<typeof manyKeysBody>["keys"][number];

/**
 * `POST /api/v2/<database>/_get`: many keys as they were at one offset, in the order in which they are
 * named: `{"offset": n, "entries": [{collection, key, value, offset, expires?}]}`. What is absent is
 * told in its place, with `"offset": null` and no value; bytes stand as `base64`. The answer is as long
 * as the body of a batch at most.
 */
export function manyKeysHandlers(api: ApiContext): Resource["handlers"] {
  const get: Handler = async (exchange) => {
    const terms = readTermsOf(exchange.target.query);
    refusePreconditions(exchange);
    const address = databaseAddress(exchange.target.path);
    const { keys } = await readJsonBody(exchange, manyKeysBody, maxKeysBodyBytes, (body) =>
      refuseLongList(body, "keys", maxKeys),
    );
    await admitRead(api, exchange, api.store.database(address), terms);
    const database = existing(api, address);
    const headers = dataHeaders(api, database);
    using snapshot = database.snapshot();
    const offset = snapshot.offset === 0 ? null : snapshot.offset - 1;
    const entries = await readEntries(snapshot, keys, api.maxBatchBodyBytes);
    return { status: 200, headers, body: `{"offset":${offset},"entries":[${entries.join(",")}]}` };
  };
  return { POST: get };
}

/** The entries as JSON. Throws ProblemError (too_large) where they are longer than `limitBytes`. */
async function readEntries(
  snapshot: Snapshot,
  places: readonly Place[],
  limitBytes: number,
): Promise<readonly string[]> {
  const texts: string[] = [];
  let bytes = 0;
  let sinceTurn = 0;
  for (const place of places) {
    const text = entryText(snapshot, place);
    texts.push(text);
    bytes += Buffer.byteLength(text);
    if (bytes > limitBytes) throw tooLong(texts.length, limitBytes);
    sinceTurn += text.length;
    if (sinceTurn < turnLength) continue;
    sinceTurn = 0;
    await turn();
  }
  return texts;
}

function entryText(snapshot: Snapshot, { collection, key }: Place): string {
  const entry = snapshot.collection(collection).getEntry(key);
  if (entry === undefined) return JSON.stringify({ collection, key, offset: null });
  const { value, offset, expires } = entry;
  const until = expires === null ? {} : { expires };
  return JSON.stringify({ collection, key, ...valueMembers(value), offset, ...until });
}

const tooLong = (keys: number, limitBytes: number): ProblemError =>
  new ProblemError({
    code: "too_large",
    message:
      `the values of the first ${keys} keys alone are longer than ${formatByteSize(limitBytes)}, the ` +
      "longest answer: ask for fewer keys at once",
    members: { limit: limitBytes, unit: "bytes" },
  });
