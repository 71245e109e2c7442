import type { JsonValue, LogOffset } from "@boxerdb/engine";
import { z } from "zod";

import type { ApiContext } from "./api-context.ts";
import { freshnessHeaders, jsonAnswer, writtenHeaders } from "./data-answer.ts";
import { entityTag } from "./entity-tag.ts";
import type { Answer, Handler } from "./exchange/answer.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { readJsonBody } from "./json-body.ts";
import { keyAddress, type KeyAddress } from "./key-address.ts";
import { differs, matches, preconditionFailed, preconditionOf, writeIf } from "./precondition.ts";
import { ProblemError, problemAnswer } from "./problem.ts";
import { refuseQuery } from "./query.ts";
import type { Resource } from "./resources.ts";

/** What is parsed JSON is a JSON value; only that it is there needs a check. */
export const jsonValue = z.custom<JsonValue>((value) => value !== undefined, {
  error: "is missing: give any JSON value, null included",
});

const putBody = z.strictObject(
  { value: jsonValue },
  {
    error: (issue) =>
      issue.code === "invalid_type" ? 'the body must be an object such as {"value": 1}' : undefined,
  },
);

/** Reading and writing one key: `GET`, `HEAD`, `PUT`, `POST` and `DELETE`. */
export function keyHandlers(api: ApiContext): Resource["handlers"] {
  const { store, node } = api;

  const locate = ({ target }: Exchange) => {
    refuseQuery(target.query);
    const address = keyAddress(target.path);
    const database = store.database(address.database);
    return { address, database, collection: database.collection(address.collection) };
  };

  const get: Handler = (exchange) => {
    const { address, database, collection } = locate(exchange);
    const entry = collection.getEntry(address.key);
    const condition = preconditionOf(exchange);
    if (condition !== undefined) {
      const offset = entry?.offset ?? null;
      if (!matches(condition, offset)) throw preconditionFailed(offset);
      if (offset !== null && !differs(condition, offset)) {
        const headers = { etag: entityTag(offset), ...freshnessHeaders(api, database) };
        return { status: 304, headers, body: undefined };
      }
    }
    if (entry === undefined) return notFound(address, freshnessHeaders(api, database));
    const headers = writtenHeaders(api, database, entry.offset);
    if (entry.value instanceof Uint8Array) {
      headers["content-type"] = "application/octet-stream";
      return { status: 200, headers, body: entry.value };
    }
    return jsonAnswer({ value: entry.value }, headers);
  };

  const put: Handler = async (exchange) => {
    const { address, database, collection } = locate(exchange);
    node.assertWritable(database.name);
    const condition = preconditionOf(exchange);
    const { value } = await readJsonBody(exchange, putBody, api.maxBodyBytes);
    const offset = await writeIf(
      condition,
      () => collection.getEntry(address.key)?.offset ?? null,
      (options) => node.committed(collection.put(address.key, value, options)),
    );
    return jsonAnswer({ offset }, writtenHeaders(api, database, offset));
  };

  const remove: Handler = async (exchange) => {
    const { address, database, collection } = locate(exchange);
    node.assertWritable(database.name);
    const current = (): LogOffset | null => collection.getEntry(address.key)?.offset ?? null;
    const offset = await writeIf(preconditionOf(exchange), current, async (options) => {
      if (options.ifOffset !== null) {
        return node.committed(collection.delete(address.key, options));
      }
      // Where the key must be absent and is, there is nothing to delete.
      const actual = current();
      if (actual !== null) throw preconditionFailed(actual);
      return undefined;
    });
    if (offset === undefined) return notFound(address, freshnessHeaders(api, database));
    return jsonAnswer({ offset }, writtenHeaders(api, database, offset));
  };

  return { GET: get, PUT: put, POST: put, DELETE: remove };
}

/** An empty key, which is not a key; what was meant is most likely the listing. */
export const emptyKeyHandlers: Resource["handlers"] = (() => {
  const refuse: Handler = () => {
    throw new ProblemError({
      code: "invalid_key",
      message: "the key is empty: a key has 1 to 1,024 bytes. The listing has no slash at its end",
    });
  };
  return { GET: refuse, PUT: refuse, POST: refuse, DELETE: refuse };
})();

const notFound = (
  { database, collection, key }: KeyAddress,
  headers: Record<string, string>,
): Answer =>
  problemAnswer({
    code: "not_found",
    message: `there is no key ${JSON.stringify(key)} in ${database}/${collection}`,
    headers,
  });
