import { Packr, Unpackr } from "msgpackr";

import { InvalidValueError } from "./errors.ts";

/** Any JSON value. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What a key can hold: any JSON value, or bytes. */
export type Storable = JsonValue | Uint8Array;

/** How many arrays and objects may stand inside one another. */
export const maxValueDepth = 512;

/**
 * Throws InvalidValueError unless `value` is JSON (or bytes, at the top only) that will read back as
 * the same value. What JSON.stringify would drop or change silently (undefined, NaN, a Date, a class
 * instance, a lone surrogate) is refused here, with its place. Only -0 becomes 0, as in JSON.
 */
export function checkStorable(value: unknown): asserts value is Storable {
  if (value instanceof Uint8Array) return;
  checkJson(value, 0, []);
}

type Path = (string | number)[];

function checkJson(value: unknown, depth: number, path: Path): void {
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed()) refuse(path, "has a lone surrogate, which UTF-8 cannot hold");
      return;
    case "number":
      if (!Number.isFinite(value)) refuse(path, `is ${value}, which JSON cannot hold`);
      return;
    case "boolean":
      return;
    case "object":
      if (value === null) return;
      if (depth >= maxValueDepth) refuse(path, `is nested deeper than ${maxValueDepth} levels`);
      if (Array.isArray(value)) {
        for (let index = 0; index < value.length; index++) {
          path.push(index);
          checkJson(value[index], depth + 1, path);
          path.pop();
        }
      } else {
        checkObject(value, depth, path);
      }
      return;
    case "undefined":
    case "bigint":
    case "function":
    case "symbol":
      refuse(
        path,
        `is ${value === undefined ? "undefined: leave it out or use null" : `a ${typeof value}`}`,
      );
  }
}

function checkObject(value: object, depth: number, path: Path): void {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) {
    const { constructor } = value;
    const what = typeof constructor === "function" ? `a ${constructor.name}` : "an object";
    refuse(
      path,
      `is ${what} with a prototype of its own, not a plain object: convert it to JSON first`,
    );
  }
  for (const [key, item] of Object.entries(value)) {
    path.push(key);
    if (!key.isWellFormed()) refuse(path, "has a name with a lone surrogate");
    checkJson(item, depth + 1, path);
    path.pop();
  }
}

function refuse(path: Path, what: string): never {
  const place = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  const shown = place.length > 80 ? `${place.slice(0, 80)}…` : place;
  throw new InvalidValueError(`value${shown} ${what}`);
}

// Plain msgpack: no record extension, maps in the shortest form, so that any library reads it.
const packr = new Packr({ useRecords: false, variableMapSize: true, useToJSON: false });
// Bytes are copied out of what is decoded: that is a buffer which the next read fills anew.
const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: true, copyBuffers: true });
const mapUnpackr = new Unpackr({ useRecords: false, mapsAsObjects: false, copyBuffers: true });

/** Encodes a checked value as msgpack. The result is not reused by later calls. */
export const encodeStorable = (value: Storable): Buffer => packr.pack(value);

/** Decodes what `encodeStorable` made. */
export function decodeStorable(bytes: Buffer): Storable {
  // msgpackr renames a key "__proto__" to keep prototypes safe. JSON allows that key, so values
  // that may hold it take the slower way through maps.
  if (bytes.includes("__proto__", 0, "latin1")) return objectsOf(mapUnpackr.unpack(bytes));
  const value: Storable = unpackr.unpack(bytes);
  return value;
}

function objectsOf(value: unknown): Storable {
  if (Array.isArray(value)) return value.map((item: unknown) => objectsOf(item)) as JsonValue[];
  if (!(value instanceof Map)) return value as Storable;
  const object = {};
  for (const [key, item] of value as Map<string, unknown>) {
    Object.defineProperty(object, key, {
      value: objectsOf(item),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return object;
}
