import { InvalidValueError } from "../errors.ts";

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

/**
 * What the compiler lets pass for a value. `object` stands for all arrays and objects, as an interface
 * never fits JsonValue: it has no index signature. What they hold is checked when they are written.
 */
export type StorableShape = Storable | object;

/** How many arrays and objects may stand inside one another. */
export const maxValueDepth = 512;

/**
 * How many arrays and objects may be in what comes from elsewhere and is decoded as a whole. Each takes
 * dozens of bytes of memory, however few stand for it in JSON or msgpack.
 */
export const maxContainers = 4_000_000;

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
