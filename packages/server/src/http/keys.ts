import type { Collection, Database, LogOffset } from "@boxerdb/engine";

import type { ApiContext } from "./api-context.ts";
import { CollectionHandles } from "./collection-handles.ts";
import { freshnessHeaders, jsonAnswer, writtenHeaders } from "./data-answer.ts";
import { entityTag } from "./entity-tag.ts";
import type { Answer, Handler } from "./exchange/answer.ts";
import type { Exchange } from "./exchange/exchange.ts";
import { keyAddress, type KeyAddress } from "./key-address.ts";
import { differs, matches, preconditionFailed, preconditionOf, writeIf } from "./precondition.ts";
import { ProblemError, problemAnswer } from "./problem.ts";
import { admitRead, readTermsOf } from "./read-terms.ts";
import type { Resource } from "./resources.ts";
import { valueAnswer } from "./value-answer.ts";
import { readValue } from "./value-body.ts";
import { putTermsOf, writeOnce, writeTermsOf } from "./write-terms.ts";

/** A key, and where it is stored. */
interface KeyPlace {
  readonly address: KeyAddress;
  readonly database: Database;
  readonly collection: Collection;
}

/** Reading and writing one key: `GET`, `HEAD`, `PUT`, `POST` and `DELETE`. */
export function keyHandlers(api: ApiContext): Resource["handlers"] {
  const { node } = api;
  const handles = new CollectionHandles(api.store);

  const locate = ({ target }: Exchange): KeyPlace => {
    const address = keyAddress(target.path);
    const { database, collection } = handles.of(address);
    return { address, database, collection };
  };

  const offsetOf = ({ address, collection }: KeyPlace): LogOffset | null =>
    collection.getEntry(address.key)?.offset ?? null;

  const read = (exchange: Exchange, { address, database, collection }: KeyPlace): Answer => {
    const entry = collection.getEntry(address.key);
    const condition = preconditionOf(exchange);
    if (condition !== undefined) {
      const offset = entry?.offset ?? null;
      if (!matches(condition, offset)) throw preconditionFailed(offset);
      if (offset !== null && !differs(condition, offset)) {
        const freshness = freshnessHeaders(api, database);
        const headers = { etag: entityTag(offset), vary: "accept", ...freshness };
        return { status: 304, headers, body: undefined };
      }
    }
    if (entry === undefined) return notFound(address, freshnessHeaders(api, database));
    return valueAnswer(
      entry,
      exchange.header("accept"),
      writtenHeaders(api, database, entry.offset),
    );
  };

  const get: Handler = (exchange) => {
    const place = locate(exchange);
    const terms = readTermsOf(exchange.target.query);
    const admitted = admitRead(api, exchange, place.database, terms);
    return admitted === undefined
      ? read(exchange, place)
      : admitted.then(() => read(exchange, place));
  };

  const put: Handler = async (exchange) => {
    const place = locate(exchange);
    const { address, database, collection } = place;
    const terms = putTermsOf(exchange);
    node.assertWritable(database.name);
    const condition = preconditionOf(exchange);
    const value = await readValue(exchange, api.maxBodyBytes);
    const { ttlMs } = terms.options;
    const operation = {
      op: "put" as const,
      collection: collection.name,
      key: address.key,
      value,
      ...(ttlMs !== undefined && { ttlMs }),
    };
    const offset = await writeOnce(api, database, operation, terms, () =>
      writeIf(
        condition,
        () => offsetOf(place),
        (options) =>
          node.committed(
            collection.put(address.key, value, { ...terms.options, ...options }),
            database.name,
          ),
      ),
    );
    const headers = writtenHeaders(api, database, offset);
    return jsonAnswer({ offset }, { ...headers, ...terms.replayHeaders() });
  };

  const remove: Handler = async (exchange) => {
    const place = locate(exchange);
    const { address, database, collection } = place;
    const terms = writeTermsOf(exchange);
    node.assertWritable(database.name);
    const condition = preconditionOf(exchange);
    const current = (): LogOffset | null => offsetOf(place);
    const operation = { op: "delete" as const, collection: collection.name, key: address.key };
    const offset = await writeOnce(api, database, operation, terms, () =>
      writeIf(condition, current, async (options) => {
        if (options.ifOffset !== null) {
          return node.committed(
            collection.delete(address.key, { ...terms.options, ...options }),
            database.name,
          );
        }
        // Where the key must be absent and is, there is nothing to delete.
        const actual = current();
        if (actual !== null) throw preconditionFailed(actual);
        return undefined;
      }),
    );
    if (offset === undefined) return notFound(address, freshnessHeaders(api, database));
    const headers = writtenHeaders(api, database, offset);
    return jsonAnswer({ offset }, { ...headers, ...terms.replayHeaders() });
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
