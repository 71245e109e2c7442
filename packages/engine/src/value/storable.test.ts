import * as fc from "fast-check";
import { Packr, Unpackr } from "msgpackr";
import { describe, expect, test } from "vitest";

import { InvalidValueError } from "../errors.ts";
import { MalformedEnvelopeError, MsgpackWriter } from "../log/msgpack-cursor.ts";

import { checkStorable, maxValueDepth, type Storable } from "./storable.ts";
import { decodeValue } from "./value-decoder.ts";
import { encodeValue } from "./value-encoder.ts";

const unpackr = new Unpackr({ useRecords: false, mapsAsObjects: false });
const packr = new Packr({ useRecords: false, variableMapSize: true, useToJSON: false });

function encoded(value: Storable): Buffer {
  const writer = new MsgpackWriter(Buffer.alloc(0));
  encodeValue(writer, value);
  return writer.bytes.subarray(0, writer.position);
}

const decoded = (bytes: Buffer): Storable => decodeValue(bytes, 0, bytes.byteLength);

/** What a value is after it was stored. */
function stored(value: unknown): unknown {
  return decoded(encoded(value as Storable));
}

// Names that mean something to objects in JavaScript.
const name = fc.oneof(
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom("__proto__", "constructor", "toString", "toJSON", "then", "length", "0", ""),
);
const number = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.maxSafeInteger(),
  fc.constantFrom(2 ** 31, 2 ** 32, 2 ** 53, -(2 ** 31) - 1, 2 ** 63, 2 ** 64, 0.1, 5e-324),
);
const { json } = fc.letrec((tie) => ({
  json: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, false),
    number,
    fc.string({ unit: "binary" }),
    fc.array(tie("json"), { maxLength: 5 }),
    // Made by JSON.parse, which takes "__proto__" for a name like any other.
    fc.array(fc.tuple(name, tie("json")), { maxLength: 5 }).map(objectOf),
  ),
}));

function objectOf(entries: readonly (readonly [string, unknown])[]): unknown {
  const fields = entries.map(([name, item]) => `${JSON.stringify(name)}:${JSON.stringify(item)}`);
  return JSON.parse(`{${fields.join()}}`);
}

describe("a value", () => {
  test("that is JSON reads back as the same text, names and their order included", () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(value);
        const back = stored(JSON.parse(text));
        expect(JSON.stringify(back)).toBe(text);
        if (typeof back === "object" && back !== null && !Array.isArray(back)) {
          expect(Object.getPrototypeOf(back)).toBe(Object.prototype);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('that holds "__proto__", at any depth, has it as a name and changes no prototype', () => {
    for (const text of [
      '{"__proto__":{"admin":true}}',
      '[[{"a":{"__proto__":[{"__proto__":1}]}}]]',
      '{"a":1,"__proto__":null,"b":2}',
    ]) {
      const value = stored(JSON.parse(text));
      expect(JSON.stringify(value)).toBe(text);
      expect(Reflect.get(Object(value), "admin")).toBeUndefined();
    }
    expect(stored('"__proto__"')).toBe('"__proto__"');
    expect(stored(["__proto__"])).toEqual(["__proto__"]);
    expect(Reflect.get({}, "admin")).toBeUndefined();
  });

  test("that is bytes reads back as these bytes, not as those of the buffer that it was read from", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const msgpack = encoded(bytes);
        const back = decoded(msgpack);
        msgpack.fill(0);
        expect(back).toBeInstanceOf(Uint8Array);
        expect(Array.from(back as Uint8Array)).toEqual(Array.from(bytes));
      }),
    );
    expect(stored(Buffer.from("__proto__"))).toEqual(Buffer.from("__proto__"));
    expect(stored(new Uint8Array())).toHaveLength(0);
  });

  test("is plain msgpack, which other libraries read", () => {
    const bytes = encoded({ text: "é", list: [1, -1, 1.5, null], flag: true });
    expect(unpackr.unpack(bytes)).toEqual(
      new Map<string, unknown>([
        ["text", "é"],
        ["list", [1, -1, 1.5, null]],
        ["flag", true],
      ]),
    );
    expect(encoded({ a: 1 }).toString("hex")).toBe("81a16101");
    expect(encoded(Uint8Array.of(1, 2)).toString("hex")).toBe("c4020102");
  });

  test("is the very msgpack that msgpackr makes of it", () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = JSON.stringify(value);
        if (text.includes("__proto__")) return;
        const value0 = JSON.parse(text) as Storable;
        expect(encoded(value0).toString("hex")).toBe(packr.pack(value0).toString("hex"));
      }),
    );
  });

  test("reads back from the longer forms that other libraries may choose", () => {
    const forms: readonly (readonly [string, unknown])[] = [
      ["cf0000000000000005", 5],
      ["d3fffffffffffffffb", -5],
      ["ca3fc00000", 1.5],
      ["d1fffb", -5],
      ["d9026162", "ab"],
      ["db000000026162", "ab"],
      ["dd00000001c3", [true]],
      ["df00000001d90161c0", { a: null }],
    ];
    for (const [hex, value] of forms) expect(decoded(Buffer.from(hex, "hex"))).toEqual(value);
  });

  test("that is cut short, or of a type that JSON has not, is told as malformed", () => {
    fc.assert(
      fc.property(json, fc.nat(), (value, cut) => {
        const msgpack = encoded(JSON.parse(JSON.stringify(value)) as Storable);
        const short = msgpack.subarray(0, cut % msgpack.byteLength);
        expect(() => decoded(short)).toThrow(MalformedEnvelopeError);
        expect(() => decoded(Buffer.concat([msgpack, msgpack]))).toThrow(MalformedEnvelopeError);
      }),
    );
    for (const hex of ["c1", "d4010a", "c70101ff", "810101", "91c40101", "81c0c0"]) {
      expect(() => decoded(Buffer.from(hex, "hex"))).toThrow(MalformedEnvelopeError);
    }
  });

  test("may be an object without a prototype, and minus zero is zero, as in JSON", () => {
    expect(stored(Object.assign(Object.create(null), { a: 1 }))).toEqual({ a: 1 });
    expect(stored(-0)).toBe(0);
  });

  test("may be nested deeply, up to a limit", () => {
    const nested = (depth: number): unknown => JSON.parse("[".repeat(depth) + "]".repeat(depth));
    expect(JSON.stringify(stored(nested(maxValueDepth)))).toHaveLength(2 * maxValueDepth);
    expect(() => stored(nested(maxValueDepth + 1))).toThrow(/nested deeper than 512 levels/);
    const circular: unknown[] = [];
    circular.push(circular);
    expect(() => stored(circular)).toThrow(InvalidValueError);
  });
});

describe("what is no JSON is refused, and its place is named", () => {
  class Point {
    x = 1;
  }
  const sparse: unknown[] = [];
  sparse.length = 2;
  test.each([
    [undefined, "value is undefined: leave it out or use null"],
    [{ a: undefined }, "value.a is undefined: leave it out or use null"],
    [sparse, "value[0] is undefined: leave it out or use null"],
    [{ a: [{ b: Number.NaN }] }, "value.a[0].b is NaN, which JSON cannot hold"],
    [[Infinity], "value[0] is Infinity, which JSON cannot hold"],
    [{ at: new Date(0) }, "value.at is a Date"],
    [new Map([["a", 1]]), "value is a Map"],
    [[new Point()], "value[0] is a Point"],
    [{ list: [new Uint8Array(1)] }, "value.list[0] is a Uint8Array"],
    [Object.create(Object.create(null)), "value is an object with a prototype of its own"],
    [{ a: 1n }, "value.a is a bigint"],
    [{ a: () => 1 }, "value.a is a function"],
    [{ a: Symbol("s") }, "value.a is a symbol"],
    ["\ud800", "value has a lone surrogate"],
    [{ a: ["x\udfff"] }, "value.a[0] has a lone surrogate"],
    [{ "\ud800": 1 }, "has a name with a lone surrogate"],
  ])("%#: %o", (value, message) => {
    expect(() => stored(value)).toThrow(InvalidValueError);
    expect(() => stored(value)).toThrow(message);
    expect(() => checkStorable(value)).toThrow(message);
  });

  test("a very long place is cut short", () => {
    const value: unknown = JSON.parse(`${'{"name":'.repeat(400)}[]${"}".repeat(400)}`);
    let inner = value;
    while (typeof inner === "object" && inner !== null && "name" in inner) inner = inner.name;
    if (Array.isArray(inner)) inner.push(undefined);
    expect(() => stored(value)).toThrow(/^value(\.name)+.{0,9} is undefined/);
  });
});
