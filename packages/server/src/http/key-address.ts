import { defaultName } from "./api-context.ts";
import { decodeSegment } from "./request-target.ts";

const shortBase = "/api/v1/";

/** A collection in a database, by name. */
export interface CollectionAddress {
  readonly database: string;
  readonly collection: string;
}

/** A key, and where it is. */
export interface KeyAddress extends CollectionAddress {
  readonly key: string;
}

/** What `/api/v1/<key>` or `/api/v2/<database>/<collection>/<key>` names. Throws as `decodeSegment`. */
export function keyAddress(path: string): KeyAddress {
  if (path.startsWith(shortBase)) {
    const key = decodeSegment(path.slice(shortBase.length));
    return { database: defaultName, collection: defaultName, key };
  }
  const [, , , first = defaultName, second = defaultName, third = ""] = path.split("/");
  return {
    database: decodeSegment(first),
    collection: decodeSegment(second),
    key: decodeSegment(third),
  };
}

/** What `/api/v1` or `/api/v2/<database>/<collection>` names. Throws as `decodeSegment`. */
export function collectionAddress(path: string): CollectionAddress {
  const { database, collection } = keyAddress(path);
  return { database, collection };
}

/**
 * The database that a path is about, be there something at the path or not; undefined where it is
 * about the node. Throws as `decodeSegment`.
 */
export function databaseOf(path: string): string | undefined {
  const [, api, version, first = ""] = path.split("/");
  if (api !== "api") return undefined;
  if (version === "v1") return defaultName;
  return first === "" || first.startsWith("_") ? undefined : decodeSegment(first);
}

/** What `/api/v2/<database>` and the actions below it name. Throws as `decodeSegment`. */
export const databaseAddress = (path: string): string => keyAddress(path).database;
