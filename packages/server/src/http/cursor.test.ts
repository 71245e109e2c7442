import * as fc from "fast-check";
import { describe, expect, test } from "vitest";

import { decodeCursor, encodeCursor } from "./cursor.ts";
import { ProblemError } from "./problem.ts";

const base64url = (text: string | Uint8Array): string => Buffer.from(text).toString("base64url");

describe("a cursor", () => {
  test("comes back as it was handed out", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", minLength: 1 }), fc.boolean(), (after, reverse) => {
        const text = encodeCursor({ after, reverse });
        expect(text).toMatch(/^[\w-]+$/);
        expect(decodeCursor(text, reverse)).toEqual({ after, reverse });
      }),
    );
  });

  test.each([
    "",
    "x",
    "!!!",
    "eyJ",
    base64url("{}"),
    base64url("null"),
    base64url('{"v":2,"after":"a","reverse":false}'),
    base64url('{"v":1,"after":"","reverse":false}'),
    base64url('{"v":1,"after":1,"reverse":false}'),
    base64url('{"v":1,"after":"a","reverse":false,"more":1}'),
    base64url(new Uint8Array([0x22, 0xff, 0x22])),
    `${encodeCursor({ after: "a", reverse: false })} `,
  ])("%o is refused", (text) => {
    expect(() => decodeCursor(text, false)).toThrow(ProblemError);
  });

  test("is refused by a listing in the other direction", () => {
    expect(() => decodeCursor(encodeCursor({ after: "a", reverse: true }), false)).toThrow(
      /other direction/,
    );
  });
});
